#include "api/kms/actions.h"
#include "api/kms/conditions.h"
#include "api/kms/grant.h"
#include "api/kms/grant_token.h"
#include "base/json.h"

namespace claviger::api::kms {
namespace {

struct CreateGrantRequest {
  std::string key_id;
  std::string grantee_principal;
  std::optional<std::string> retiring_principal;
  std::vector<keys::GrantOperation> operations;
  std::optional<GrantConstraints> constraints;
  GrantTokens grant_tokens;
  std::optional<std::string> name;
  bool dry_run = false;

  keys::GrantOperations operation_set() const {
    keys::GrantOperations set;
    for (const keys::GrantOperation operation : operations) set.add(operation);
    return set;
  }
  const EncryptionContext* equals() const {
    return constraints && constraints->equals ? &*constraints->equals : nullptr;
  }
  const EncryptionContext* subset() const {
    return constraints && constraints->subset ? &*constraints->subset : nullptr;
  }
  const EncryptionContext* constraint_context() const { return equals() != nullptr ? equals() : subset(); }
};
constexpr auto kCreateGrantRequest = wire::members<CreateGrantRequest>(
    wire::required<&CreateGrantRequest::key_id>("KeyId", kKeyIdLength),
    wire::required<&CreateGrantRequest::grantee_principal>("GranteePrincipal", kPrincipalLength,
                                                           wire::pattern(kPrincipalPattern)),
    wire::optional<&CreateGrantRequest::retiring_principal>("RetiringPrincipal", kPrincipalLength,
                                                            wire::pattern(kPrincipalPattern)),
    wire::required<&CreateGrantRequest::operations>("Operations"),
    wire::optional<&CreateGrantRequest::constraints>("Constraints"),
    wire::optional<&CreateGrantRequest::grant_tokens>("GrantTokens", wire::size(0, 10),
                                                      wire::each(wire::length(1, 8192)), wire::not_audited),
    wire::optional<&CreateGrantRequest::name>("Name", wire::length(1, 256), wire::pattern(kAliasNamePattern)),
    wire::optional<&CreateGrantRequest::dry_run>("DryRun", wire::not_audited),
    wire::unsupported("GranteeServicePrincipal", "AWS services do not call this server"),
    wire::unsupported("RetiringServicePrincipal", "AWS services do not call this server"));

struct CreateGrantResponse {
  std::string grant_token;
  std::string grant_id;
};
constexpr auto kCreateGrantResponse = wire::members<CreateGrantResponse>(
    wire::required<&CreateGrantResponse::grant_token>("GrantToken", wire::not_audited),
    wire::required<&CreateGrantResponse::grant_id>("GrantId"));

Result<Targets> create_grant_targets(const CreateGrantRequest& request) {
  CLAVIGER_ASSIGN(const keys::GrantConstraint constraint, keys::make_constraint(request.equals(), request.subset()));
  // What cannot be granted on such a key is told before its state.
  Target target = managed_key(request.key_id, "kms:CreateGrant", keys::StateRule::kAny);
  target.cross_account = true;
  target.child = {
      .operations = request.operation_set(), .type = constraint.type, .context = request.constraint_context()};
  return Targets{target};
}

// What is asked for can be granted on such a key, and its state allows it.
Status check_key(const Context& context, const CreateGrantRequest& request) {
  const keys::KeyRecord& key = context.key().record();
  CLAVIGER_ASSIGN(const keys::GrantConstraint constraint, keys::make_constraint(request.equals(), request.subset()));
  CLAVIGER_TRY(keys::check_grantable(key.spec, key.usage, request.operation_set(), constraint));
  return keys::check_state(keys::StateRule::kUsable, key, context.services.clock->now());
}

// What was asked for, for a key on which it can be.
Result<keys::GrantRecord> record_of(const Context& context, const CreateGrantRequest& request) {
  const keys::KeyRecord& key = context.key().record();
  const policy::PrincipalDirectory& principals = *context.services.principals;
  keys::GrantRecord record;
  record.operations = request.operation_set();
  CLAVIGER_ASSIGN(record.constraint, keys::make_constraint(request.equals(), request.subset()));
  CLAVIGER_ASSIGN(record.grantee, grant_principal(request.grantee_principal, key.scope.region, principals));
  if (request.retiring_principal) {
    CLAVIGER_ASSIGN(record.retiring, grant_principal(*request.retiring_principal, key.scope.region, principals));
  }
  record.issuer = context.caller.account;
  record.name = request.name.value_or(std::string());
  record.created = context.services.clock->now();
  return record;
}

// The grant that an earlier call with the same Name made.
Result<std::optional<keys::GrantId>> find_same(const Context& context, const keys::layout::KeyPlace& key,
                                               const keys::GrantRecord& record, const NamedGrants& named) {
  for (const keys::GrantId& id : named.ids) {
    CLAVIGER_ASSIGN(const auto other, read_grant(*context.services.store, {key, id}));
    if (other && other->record.same_request(record)) return id;
  }
  return std::nullopt;
}

Reply<CreateGrantResponse> answer(const Context& context, const keys::layout::GrantPlace& grant) {
  Reply<CreateGrantResponse> reply(
      CreateGrantResponse{make_grant_token(*context.services.grant_tokens, grant), std::string(grant.grant.view())});
  json::Writer<std::string> writer(reply.response_elements);
  writer.begin_object();
  writer.name("grantId");
  writer.string(grant.grant.view());
  writer.name("keyId");
  writer.string(context.key().arn());
  writer.end_object();
  return reply;
}

// A dry run tells what the commit would.
Status check_quota(const Context& context, const keys::layout::KeyPlace& key) {
  CLAVIGER_ASSIGN(const auto count, context.services.store->get(keys::layout::grant_count(key.scope, key.id)));
  if (!count) return {};
  ByteReader reader(count->value);
  if (static_cast<std::int64_t>(reader.u64()) < context.services.limits.grants_per_key) return {};
  return fail(ErrorCode::kLimitExceeded, std::string(kGrantLimitMessage));
}

Result<Reply<CreateGrantResponse>> create_grant(const Context& context, CreateGrantRequest& request) {
  CLAVIGER_TRY(check_key(context, request));
  CLAVIGER_TRY(check_grant_tokens(context, request.grant_tokens));
  CLAVIGER_ASSIGN(const keys::GrantRecord record, record_of(context, request));
  const AuthorizedKey& key = context.key();
  const keys::layout::KeyPlace place{key.record().scope, key.record().id};
  NamedGrants named;
  if (!record.name.empty()) {
    CLAVIGER_ASSIGN(named, read_named_grants(*context.services.store, place, record.request_hash()));
    CLAVIGER_ASSIGN(const auto same, find_same(context, place, record, named));
    if (same) return answer(context, {place, *same});
  }
  if (request.dry_run) CLAVIGER_TRY(check_quota(context, place));
  const GrantSnapshot grant{{place, keys::GrantId::make(*context.services.random)}, record, 0};
  Reply<CreateGrantResponse> reply = answer(context, grant.place);
  reply.commit = creation_of(grant, key.revision(), std::move(named), context.services.limits.grants_per_key);
  if (const GrantSnapshot* parent = key.grant()) {
    // The caller's own right must last until this is written.
    const auto& [scope, id] = place;
    reply.commit->preconditions.push_back(
        {keys::layout::grant_for(scope, id, parent->record.grantee.identity(), parent->place.grant), parent->revision});
  }
  reply.limit_message = kGrantLimitMessage;
  return reply;
}

// Encryption context keys look at the constraint (Developer Guide, "kms:EncryptionContext:context-key").
policy::ContextValues constraint_value(const CreateGrantRequest& request, const ConditionQuestion& asked) {
  const EncryptionContext* context = request.constraint_context();
  return context == nullptr ? policy::ContextValues() : encryption_context_value(*context, asked);
}
policy::ContextValues constraint_keys(const CreateGrantRequest& request, const ConditionQuestion& asked) {
  const EncryptionContext* context = request.constraint_context();
  return context == nullptr ? policy::ContextValues() : encryption_context_keys(*context, asked);
}

constexpr auto kCreateGrantConditions =
    std::to_array<ConditionKey<CreateGrantRequest>>({
        {"kms:EncryptionContext:", constraint_value},
        {"kms:EncryptionContextKeys", constraint_keys},
        {"kms:GrantConstraintType",
         [](const CreateGrantRequest& request, const ConditionQuestion& asked) {
           if (request.equals() != nullptr) return asked.text("EncryptionContextEquals");
           return request.subset() != nullptr ? asked.text("EncryptionContextSubset") : policy::ContextValues();
         }},
        {"kms:GrantOperations",
         [](const CreateGrantRequest& request, const ConditionQuestion& asked) {
           return asked.list([&request] {
             std::vector<std::string_view> names;
             for (const keys::GrantOperation operation : request.operation_set().list()) {
               names.push_back(keys::name_of(operation));
             }
             return names;
           });
         }},
        {"kms:GranteePrincipal", [](const CreateGrantRequest& request,
                                    const ConditionQuestion& asked) { return asked.text(request.grantee_principal); }},
        {"kms:RetiringPrincipal",
         [](const CreateGrantRequest& request, const ConditionQuestion& asked) {
           return request.retiring_principal ? asked.text(*request.retiring_principal) : policy::ContextValues();
         }},
    }) +
    kGrantIsForAwsResource<CreateGrantRequest>;

}  // namespace

std::unique_ptr<const Action> create_grant_action() {
  return make_action(Definition{.name = "CreateGrant",
                                .permission = "kms:CreateGrant",
                                .read_only = false,
                                .request = kCreateGrantRequest,
                                .response = kCreateGrantResponse,
                                .targets = create_grant_targets,
                                .handle = create_grant,
                                .reads_store = true,
                                .is_dry_run = [](const CreateGrantRequest& request) { return request.dry_run; },
                                .conditions = kCreateGrantConditions});
}

}  // namespace claviger::api::kms
