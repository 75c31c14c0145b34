#include <fmt/format.h>

#include "api/kms/actions.h"
#include "api/kms/conditions.h"
#include "api/kms/key_metadata.h"
#include "api/kms/region_name.h"
#include "api/kms/submitted_policy.h"
#include "keys/multi_region_rules.h"
#include "keys/tag_rules.h"
#include "policy/bindings.h"
#include "policy/key_policy.h"

namespace claviger::api::kms {
namespace {

struct ReplicateKeyRequest {
  std::string key_id;
  std::string replica_region;
  std::optional<std::string> policy;
  std::optional<bool> bypass_policy_lockout_safety_check;
  std::string description;
  std::vector<keys::Tag> tags;
};
constexpr auto kReplicateKeyRequest = wire::members<ReplicateKeyRequest>(
    wire::required<&ReplicateKeyRequest::key_id>("KeyId", kKeyIdLength),
    wire::required<&ReplicateKeyRequest::replica_region>("ReplicaRegion", wire::length(1, 32),
                                                         wire::pattern(kRegionPattern)),
    wire::optional<&ReplicateKeyRequest::policy>("Policy", wire::length(1, 131072), wire::pattern(kPolicyPattern)),
    wire::optional<&ReplicateKeyRequest::bypass_policy_lockout_safety_check>("BypassPolicyLockoutSafetyCheck",
                                                                             wire::audit_always),
    wire::optional<&ReplicateKeyRequest::description>("Description", wire::length(0, 8192)),
    wire::optional<&ReplicateKeyRequest::tags>("Tags"));

struct ReplicateKeyResponse {
  KeyMetadata metadata;
  std::string policy;
  std::vector<keys::Tag> tags;
};
constexpr auto kReplicateKeyResponse =
    wire::members<ReplicateKeyResponse>(wire::required<&ReplicateKeyResponse::metadata>("ReplicaKeyMetadata"),
                                        wire::required<&ReplicateKeyResponse::policy>("ReplicaPolicy"),
                                        wire::optional<&ReplicateKeyResponse::tags>("ReplicaTags"));

// The key's kind comes before its state, so the handler checks both. What is in the other Region is only looked up.
Result<Targets> replicate_key_targets(const ReplicateKeyRequest& request) {
  return Targets{managed_key(request.key_id, "kms:ReplicateKey", keys::StateRule::kAny),
                 {.kind = Target::Kind::kRelatedKey,
                  .text = request.replica_region,
                  .permission = "kms:ReplicateKey",
                  .decided = false,
                  .recorded = false}};
}

// The policy as it will be shown; the default one is stored as no text.
Result<std::string> set_replica_policy(const Context& context, const ReplicateKeyRequest& request, const Scope& scope,
                                       keys::ReplicaStart& start) {
  if (!request.policy) return policy::default_key_policy(scope.region.partition(), scope.account);
  const std::string arn = key_arn(scope, context.key().record().id);
  CLAVIGER_ASSIGN(const policy::Document document,
                  accept_submitted_policy(
                      context, {*request.policy, arn, request.bypass_policy_lockout_safety_check.value_or(false)}));
  start.policy = document.text();
  start.policy_bindings = document.bindings();
  return policy::shown_text(document, *context.services.principals);
}

Result<Reply<ReplicateKeyResponse>> replicate_key(const Context& context, ReplicateKeyRequest& request) {
  const AuthorizedKey& key = context.key();
  const WallTime now = context.services.clock->now();
  // It was resolved, so it is one.
  const Scope scope{key.record().scope.account, Region::parse(request.replica_region).value()};
  CLAVIGER_TRY(keys::check_replicable(key.record(), scope.region, now));
  CLAVIGER_TRY(keys::check_new_tags(request.tags));
  keys::ReplicaStart start{.created = now, .description = request.description, .tags = request.tags};
  CLAVIGER_ASSIGN(std::string shown_policy, set_replica_policy(context, request, scope, start));

  keys::KeyRecord primary = key.record();
  const keys::KeyRecord replica = keys::add_replica(primary, scope.region, std::move(start));
  store::Commit commit = replace_record(key, primary);
  const std::string place = keys::layout::key(replica.scope, replica.id);
  commit.preconditions.push_back({place, 0});
  commit.mutations.push_back(store::Put{place, keys::encode(replica)});
  commit.mutations.push_back(
      store::Add{keys::layout::key_count(replica.scope), 1, context.services.limits.keys_per_region});
  Reply<ReplicateKeyResponse> reply({describe(replica, now), std::move(shown_policy), request.tags}, std::move(commit));
  reply.limit_message = "You have reached the quota of KMS keys for this account and Region.";
  return reply;
}

// The new key, where it is decided whether it may be made; else what is common to all operations on the primary key.
template <policy::ContextValues (*kValue)(const ConditionQuestion&, const keys::KeyRecord&)>
policy::ContextValues of_new_key(const ReplicateKeyRequest&, const ConditionQuestion& asked) {
  return kValue(asked, asked.keys.front()->record);
}
policy::ContextValues spec(const ConditionQuestion& asked, const keys::KeyRecord& key) {
  return asked.text(keys::name_of(key.spec));
}
policy::ContextValues usage(const ConditionQuestion& asked, const keys::KeyRecord& key) {
  return asked.text(keys::name_of(key.usage));
}
policy::ContextValues origin(const ConditionQuestion& asked, const keys::KeyRecord& key) {
  return asked.text(keys::name_of(key.origin));
}
// Of the primary key itself when the permission is decided on that.
policy::ContextValues multi_region(const ConditionQuestion& asked, const keys::KeyRecord& key) {
  return asked.boolean(asked.target == nullptr || key.multi_region);
}
policy::ContextValues type(const ConditionQuestion& asked, const keys::KeyRecord& key) {
  if (asked.target == nullptr) return asked.text("REPLICA");
  return key.multi_region ? asked.text(key.is_primary() ? "PRIMARY" : "REPLICA") : policy::ContextValues();
}

constexpr auto kReplicateKeyConditions =
    std::to_array<ConditionKey<ReplicateKeyRequest>>({
        {"kms:ReplicaRegion", [](const ReplicateKeyRequest& request,
                                 const ConditionQuestion& asked) { return asked.text(request.replica_region); }},
        {"kms:CallerAccount",
         [](const ReplicateKeyRequest&, const ConditionQuestion& asked) { return asked.text(asked.caller_account); }},
        {"kms:KeySpec", of_new_key<spec>},
        {"kms:CustomerMasterKeySpec", of_new_key<spec>},
        {"kms:KeyUsage", of_new_key<usage>},
        {"kms:CustomerMasterKeyUsage", of_new_key<usage>},
        {"kms:KeyOrigin", of_new_key<origin>},
        {"kms:MultiRegion", of_new_key<multi_region>},
        {"kms:MultiRegionKeyType", of_new_key<type>},
        {"aws:ResourceTag/",
         [](const ReplicateKeyRequest& request, const ConditionQuestion& asked) {
           return find_tag(asked.target == nullptr ? request.tags : asked.keys.front()->record.tags, asked.rest);
         }},
        // The key is made in its own Region, so what may be made where holds there.
        {"aws:RequestedRegion",
         [](const ReplicateKeyRequest& request, const ConditionQuestion& asked) {
           return asked.target == nullptr ? asked.text(request.replica_region)
                                          : asked.text(asked.keys.front()->record.scope.region.view());
         }},
    }) +
    kBypassesLockoutCheck<ReplicateKeyRequest, &ReplicateKeyRequest::bypass_policy_lockout_safety_check> +
    kRequestTags<ReplicateKeyRequest, &ReplicateKeyRequest::tags>;

std::vector<FurtherPermission> replicate_key_further_permissions(const Context& context,
                                                                 const ReplicateKeyRequest& request) {
  std::vector<FurtherPermission> needed{{"kms:CreateKey", "*"}};
  if (!request.tags.empty()) {
    needed.push_back({"kms:TagResource", fmt::format("arn:{}:kms:{}:{}:key/*", context.scope.region.partition(),
                                                     request.replica_region, context.scope.account.view())});
  }
  return needed;
}

}  // namespace

std::unique_ptr<const Action> replicate_key_action() {
  return make_action(Definition{.name = "ReplicateKey",
                                .permission = "kms:ReplicateKey",
                                .read_only = false,
                                .request = kReplicateKeyRequest,
                                .response = kReplicateKeyResponse,
                                .targets = replicate_key_targets,
                                .handle = replicate_key,
                                .conditions = kReplicateKeyConditions,
                                .further_permissions = replicate_key_further_permissions});
}

}  // namespace claviger::api::kms
