#include <limits>

#include "api/kms/actions.h"
#include "api/kms/alias.h"
#include "keys/usage_rules.h"

namespace claviger::api::kms {
namespace {

struct UpdateAliasRequest {
  std::string alias_name;
  std::string target_key_id;
};
constexpr auto kUpdateAliasRequest =
    wire::members<UpdateAliasRequest>(wire::required<&UpdateAliasRequest::alias_name>("AliasName", wire::length(1, 256),
                                                                                      wire::pattern(kAliasNamePattern)),
                                      wire::required<&UpdateAliasRequest::target_key_id>("TargetKeyId", kKeyIdLength));

// The alias, the key it points at and the key it is to point at: all three are authorized. CloudTrail shows the alias
// and the new key.
Result<Targets> update_alias_targets(const UpdateAliasRequest& request) {
  CLAVIGER_TRY(writable_alias(request.alias_name));
  return Targets{{.kind = Target::Kind::kAlias, .text = request.alias_name, .permission = "kms:UpdateAlias"},
                 {.kind = Target::Kind::kKeyOfAlias, .permission = "kms:UpdateAlias", .recorded = false},
                 alias_target_key(request.target_key_id, "kms:UpdateAlias")};
}

Result<Reply<NoResponse>> update_alias(const Context& context, UpdateAliasRequest& request) {
  CLAVIGER_ASSIGN(const AliasName name, writable_alias(request.alias_name));
  const AliasSnapshot& alias = *context.aliases.front();
  const keys::KeyRecord& from = context.keys[0].record();
  const keys::KeyRecord& to = context.keys[1].record();
  if (from.usage != to.usage || keys::type_of(from.spec) != keys::type_of(to.spec)) {
    return fail(Error::validation("The current and the new KMS key of an alias must be of the same type and usage."));
  }
  keys::AliasRecord record = alias.record;
  record.target = to.id;
  record.updated = context.services.clock->now();
  const std::string place = keys::layout::alias(context.scope, name);
  store::Commit commit;
  commit.preconditions.push_back({place, alias.revision});
  commit.preconditions.push_back({keys::layout::key(context.scope, to.id), context.keys[1].revision()});
  commit.mutations.push_back(store::Put{place, keys::encode(record)});
  if (from.id != to.id) {
    commit.mutations.push_back(store::Delete{keys::layout::alias_of(context.scope, from.id, name)});
    commit.mutations.push_back(store::Put{keys::layout::alias_of(context.scope, to.id, name), {}});
    commit.mutations.push_back(
        store::Add{keys::layout::alias_count(context.scope, from.id), -1, std::numeric_limits<std::int64_t>::max()});
    commit.mutations.push_back(
        store::Add{keys::layout::alias_count(context.scope, to.id), 1, context.services.limits.aliases_per_key});
  }
  Reply<NoResponse> reply({}, std::move(commit));
  reply.limit_message = kAliasLimitMessage;
  return reply;
}

}  // namespace

std::unique_ptr<const Action> update_alias_action() {
  return make_action(Definition{.name = "UpdateAlias",
                                .permission = "kms:UpdateAlias",
                                .read_only = false,
                                .request = kUpdateAliasRequest,
                                .response = kNoResponse,
                                .targets = update_alias_targets,
                                .handle = update_alias});
}

}  // namespace claviger::api::kms
