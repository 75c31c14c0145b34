#include <string>

#include "api/iam/actions.h"
#include "api/iam/common.h"

namespace claviger::api::iam_actions {
namespace {

// Names to numbers; written as decimal text.
class SummaryMap {
 public:
  static Result<SummaryMap> from_pairs(wire::StringPairs pairs) {
    SummaryMap map;
    map.pairs_ = std::move(pairs);
    return map;
  }
  const wire::StringPairs& pairs() const { return pairs_; }
  template <class Number>
  void set(std::string_view name, Number value) {
    pairs_.emplace_back(name, std::to_string(value));
  }

 private:
  wire::StringPairs pairs_;
};

struct GetAccountSummaryRequest {};
constexpr auto kGetAccountSummaryRequest = wire::members<GetAccountSummaryRequest>();

struct GetAccountSummaryResponse {
  SummaryMap summary;
};
constexpr auto kGetAccountSummaryResponse =
    wire::members<GetAccountSummaryResponse>(wire::required<&GetAccountSummaryResponse::summary>("SummaryMap"));

void set_quotas(const iam::Quotas& quotas, SummaryMap& map) {
  map.set("UsersQuota", quotas.users);
  map.set("GroupsQuota", quotas.groups);
  map.set("RolesQuota", quotas.roles);
  map.set("PoliciesQuota", quotas.policies);
  map.set("UserPolicySizeQuota", quotas.user_inline_characters);
  map.set("GroupPolicySizeQuota", quotas.group_inline_characters);
  map.set("RolePolicySizeQuota", quotas.role_inline_characters);
  map.set("PolicySizeQuota", quotas.managed_policy_characters);
  map.set("AssumeRolePolicySizeQuota", quotas.trust_policy_characters);
  map.set("VersionsPerPolicyQuota", quotas.versions_per_policy);
  map.set("GroupsPerUserQuota", quotas.groups_per_user);
  map.set("AccessKeysPerUserQuota", quotas.access_keys_per_user);
  map.set("AttachedPoliciesPerUserQuota", quotas.attached_policies);
  map.set("AttachedPoliciesPerGroupQuota", quotas.attached_policies);
  map.set("AttachedPoliciesPerRoleQuota", quotas.attached_policies);
}

// What does not exist is counted as none and has no quota.
Result<Reply<GetAccountSummaryResponse>> get_account_summary(const Context& context, GetAccountSummaryRequest&) {
  GetAccountSummaryResponse response;
  SummaryMap& map = response.summary;
  if (const iam::Account* account = context.iam->account(context.scope.account)) {
    std::size_t versions = 0;
    for (const auto& [name, id] : account->policies) versions += context.iam->policy(id)->record.versions.size();
    map.set("Users", account->users.size());
    map.set("Groups", account->groups.size());
    map.set("Roles", account->roles.size());
    map.set("Policies", account->policies.size());
    map.set("PolicyVersionsInUse", versions);
    map.set("Providers", account->providers.size());
  }
  set_quotas(context.services.limits.iam, map);
  for (const std::string_view none :
       {"AccountMFAEnabled", "AccountPasswordPresent", "AccountSigningCertificatesPresent", "InstanceProfiles",
        "MFADevices", "MFADevicesInUse", "ServerCertificates"}) {
    map.set(none, 0);
  }
  return response;
}

}  // namespace

std::unique_ptr<const Action> get_account_summary_action() {
  return make_action(Definition{.name = "GetAccountSummary",
                                .permission = "iam:GetAccountSummary",
                                .read_only = true,
                                .request = kGetAccountSummaryRequest,
                                .response = kGetAccountSummaryResponse,
                                .handle = get_account_summary,
                                .service = Service::kIam});
}

}  // namespace claviger::api::iam_actions
