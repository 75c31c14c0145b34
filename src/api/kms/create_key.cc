#include <fmt/format.h>

#include "api/kms/actions.h"
#include "api/kms/conditions.h"
#include "api/kms/key_metadata.h"
#include "api/kms/submitted_policy.h"
#include "keys/import_rules.h"
#include "keys/multi_region_rules.h"
#include "keys/tag_rules.h"
#include "keys/usage_rules.h"

namespace claviger::api::kms {
namespace {

struct CreateKeyRequest {
  std::optional<std::string> policy;
  std::string description;
  std::optional<keys::KeyUsage> usage;
  std::optional<CustomerMasterKeySpec> legacy_spec;
  std::optional<keys::KeySpec> spec;
  keys::KeyOrigin origin = keys::KeyOrigin::kAwsKms;
  std::optional<bool> bypass_policy_lockout_safety_check;
  std::vector<keys::Tag> tags;
  bool multi_region = false;

  keys::KeyUsage key_usage() const { return usage.value_or(keys::KeyUsage::kEncryptDecrypt); }
  keys::KeySpec key_spec() const {
    if (legacy_spec) return static_cast<keys::KeySpec>(*legacy_spec);
    return spec.value_or(keys::KeySpec::kSymmetricDefault);
  }
};
constexpr auto kCreateKeyRequest = wire::members<CreateKeyRequest>(
    wire::optional<&CreateKeyRequest::policy>("Policy", wire::length(1, 131072), wire::pattern(kPolicyPattern)),
    wire::optional<&CreateKeyRequest::description>("Description", wire::length(0, 8192)),
    wire::optional<&CreateKeyRequest::usage>("KeyUsage"),
    wire::optional<&CreateKeyRequest::legacy_spec>("CustomerMasterKeySpec"),
    wire::optional<&CreateKeyRequest::spec>("KeySpec"),
    wire::optional<&CreateKeyRequest::origin>("Origin", wire::audit_always),
    wire::unsupported("CustomKeyStoreId", "custom key stores are not supported yet"),
    wire::optional<&CreateKeyRequest::bypass_policy_lockout_safety_check>("BypassPolicyLockoutSafetyCheck",
                                                                          wire::audit_always),
    wire::optional<&CreateKeyRequest::tags>("Tags"),
    wire::optional<&CreateKeyRequest::multi_region>("MultiRegion", wire::audit_always),
    wire::unsupported("XksKeyId", "custom key stores are not supported yet"));

struct CreateKeyResponse {
  KeyMetadata metadata;
};
constexpr auto kCreateKeyResponse =
    wire::members<CreateKeyResponse>(wire::required<&CreateKeyResponse::metadata>("KeyMetadata"));

// What is wrong with the request whatever is built; then what is not built yet.
Status check_kind(const CreateKeyRequest& request, const Region& region) {
  if (request.spec && request.legacy_spec) {
    return fail(
        Error::validation("You cannot specify KeySpec and CustomerMasterKeySpec in the same request. "
                          "CustomerMasterKeySpec is deprecated."));
  }
  const keys::KeySpec spec = request.key_spec();
  if (spec != keys::KeySpec::kSymmetricDefault && !request.usage) {
    return fail(
        Error::validation("You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys."));
  }
  const keys::KeyUsage usage = request.key_usage();
  if (!keys::usage_fits(spec, usage)) {
    return fail(Error::validation(
        fmt::format("KeyUsage {} is not compatible with KeySpec {}", keys::name_of(usage), keys::name_of(spec))));
  }
  CLAVIGER_TRY(keys::check_region(spec, region, "KeySpec"));
  const auto missing = [](std::string_view what) {
    return fail(ErrorCode::kUnsupportedOperation, fmt::format("{} is not supported yet.", what));
  };
  const bool imports = request.origin == keys::KeyOrigin::kExternal;
  if (!imports && request.origin != keys::KeyOrigin::kAwsKms) {
    return missing(fmt::format("Origin {}", keys::name_of(request.origin)));
  }
  if (imports && !keys::can_import(spec)) {
    return fail(ErrorCode::kUnsupportedOperation,
                fmt::format("KeySpec {} is not valid for Origin EXTERNAL", keys::name_of(spec)));
  }
  return keys::check_new_tags(request.tags);
}

Result<Targets> create_key_targets(const CreateKeyRequest&) { return Targets{}; }

// The default policy is stored as no text.
Status set_first_policy(const Context& context, const CreateKeyRequest& request, keys::KeyRecord& record) {
  if (!request.policy) return {};
  const std::string arn = record.arn();
  CLAVIGER_ASSIGN(const policy::Document document,
                  accept_submitted_policy(
                      context, {*request.policy, arn, request.bypass_policy_lockout_safety_check.value_or(false)}));
  record.policy = document.text();
  record.policy_bindings = document.bindings();
  return {};
}

Status make_material(const Context& context, keys::KeyRecord& record) {
  if (record.origin == keys::KeyOrigin::kExternal) {
    record.state = keys::KeyState::kPendingImport;
    return {};
  }
  const hsm::KeyBinding binding{record.scope, record.id, keys::name_of(record.spec), keys::name_of(record.origin)};
  if (keys::is_asymmetric(record.spec)) {
    CLAVIGER_ASSIGN(hsm::NewPrivateKey made, context.services.private_keys->create(binding));
    record.materials.push_back({made.material, std::move(made.token)});
    record.public_key = std::move(made.public_key);
  } else {
    CLAVIGER_ASSIGN(hsm::NewBackingKey made, context.services.hsm->create_backing_key(binding));
    record.materials.push_back({made.material, std::move(made.token)});
  }
  return {};
}

// Also for what check_kind() refuses: an action must not fail for where it runs.
bool create_key_computes(const CreateKeyRequest& request, const keys::KeyRecord*) {
  return keys::is_asymmetric(request.key_spec()) && request.origin == keys::KeyOrigin::kAwsKms;
}

Result<Reply<CreateKeyResponse>> create_key(const Context& context, CreateKeyRequest& request) {
  CLAVIGER_TRY(check_kind(request, context.scope.region));
  RandomSource& random = *context.services.random;
  const KeyId id = request.multi_region ? keys::make_multi_region_id(random) : KeyId::make(random);
  keys::KeyRecord record{.scope = context.scope,
                         .id = id,
                         .spec = request.key_spec(),
                         .usage = request.key_usage(),
                         .origin = request.origin};
  if (request.multi_region) record.multi_region = {.primary = record.scope.region, .replicas = {}, .version = 1};
  CLAVIGER_TRY(set_first_policy(context, request, record));
  record.created = context.services.clock->now();
  record.description = request.description;
  record.tags = request.tags;
  CLAVIGER_TRY(make_material(context, record));

  const std::string place = keys::layout::key(record.scope, record.id);
  store::Commit commit;
  commit.preconditions.push_back({place, 0});
  commit.mutations.push_back(store::Put{place, keys::encode(record)});
  commit.mutations.push_back(
      store::Add{keys::layout::key_count(record.scope), 1, context.services.limits.keys_per_region});
  Reply<CreateKeyResponse> reply(CreateKeyResponse{describe(record, record.created)}, std::move(commit));
  reply.limit_message = "You have reached the quota of KMS keys for this account and Region.";
  reply.created_arn = record.arn();
  return reply;
}

// The key that is to be made, as the keys of DescribeKey and of every use will have it afterwards. Its tags are those
// of the request.
constexpr auto kCreateKeyConditions =
    std::to_array<ConditionKey<CreateKeyRequest>>({
        {"kms:CallerAccount",
         [](const CreateKeyRequest&, const ConditionQuestion& asked) { return asked.text(asked.caller_account); }},
        {"kms:KeySpec", [](const CreateKeyRequest& request,
                           const ConditionQuestion& asked) { return asked.text(keys::name_of(request.key_spec())); }},
        {"kms:CustomerMasterKeySpec",
         [](const CreateKeyRequest& request, const ConditionQuestion& asked) {
           return asked.text(keys::name_of(request.key_spec()));
         }},
        {"kms:KeyUsage", [](const CreateKeyRequest& request,
                            const ConditionQuestion& asked) { return asked.text(keys::name_of(request.key_usage())); }},
        {"kms:CustomerMasterKeyUsage",
         [](const CreateKeyRequest& request, const ConditionQuestion& asked) {
           return asked.text(keys::name_of(request.key_usage()));
         }},
        {"kms:KeyOrigin", [](const CreateKeyRequest& request,
                             const ConditionQuestion& asked) { return asked.text(keys::name_of(request.origin)); }},
        {"kms:MultiRegion", [](const CreateKeyRequest& request,
                               const ConditionQuestion& asked) { return asked.boolean(request.multi_region); }},
        {"kms:MultiRegionKeyType",
         [](const CreateKeyRequest& request, const ConditionQuestion& asked) {
           return request.multi_region ? asked.text("PRIMARY") : policy::ContextValues();
         }},
        {"aws:ResourceTag/", [](const CreateKeyRequest& request,
                                const ConditionQuestion& asked) { return find_tag(request.tags, asked.rest); }},
    }) +
    kBypassesLockoutCheck<CreateKeyRequest, &CreateKeyRequest::bypass_policy_lockout_safety_check> +
    kRequestTags<CreateKeyRequest, &CreateKeyRequest::tags>;

// Who makes a key with tags needs the permission to tag it. The key has no id yet, so that only a policy that is about
// every key of the account and Region can allow it.
std::vector<FurtherPermission> create_key_further_permissions(const Context& context, const CreateKeyRequest& request) {
  if (request.tags.empty()) return {};
  return {{"kms:TagResource", fmt::format("arn:{}:kms:{}:{}:key/*", context.scope.region.partition(),
                                          context.scope.region.view(), context.scope.account.view())}};
}

}  // namespace

std::unique_ptr<const Action> create_key_action() {
  return make_action(Definition{.name = "CreateKey",
                                .permission = "kms:CreateKey",
                                .read_only = false,
                                .request = kCreateKeyRequest,
                                .response = kCreateKeyResponse,
                                .targets = create_key_targets,
                                .handle = create_key,
                                .computes = create_key_computes,
                                .conditions = kCreateKeyConditions,
                                .further_permissions = create_key_further_permissions});
}

}  // namespace claviger::api::kms
