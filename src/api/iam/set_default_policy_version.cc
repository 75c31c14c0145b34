#include "api/iam/actions.h"

#include "api/iam/common.h"
#include "api/iam/conditions.h"
#include "api/iam/fields.h"
#include "iam/policy_rules.h"

namespace claviger::api::iam_actions {
namespace {

struct SetDefaultPolicyVersionRequest {
  std::string policy_arn;
  std::string version_id;
};
constexpr auto kSetDefaultPolicyVersionRequest =
    wire::members<SetDefaultPolicyVersionRequest>(policy_arn<&SetDefaultPolicyVersionRequest::policy_arn>(),
                                                  version_id<&SetDefaultPolicyVersionRequest::version_id>());

Result<Reply<NoResponse>> set_default_policy_version(const Context& context, SetDefaultPolicyVersionRequest& request) {
  CLAVIGER_ASSIGN(store::Commit commit, iam::set_default_policy_version(rules(context), context.scope.account,
                                                                        request.policy_arn, request.version_id));
  return Reply<NoResponse>({}, std::move(commit));
}

constexpr auto kSetDefaultPolicyVersionConditions =
    kPolicyTags<SetDefaultPolicyVersionRequest, &SetDefaultPolicyVersionRequest::policy_arn>;

}  // namespace

std::unique_ptr<const Action> set_default_policy_version_action() {
  return make_action(Definition{.name = "SetDefaultPolicyVersion",
                                .permission = "iam:SetDefaultPolicyVersion",
                                .read_only = false,
                                .request = kSetDefaultPolicyVersionRequest,
                                .response = kNoResponse,
                                .handle = set_default_policy_version,
                                .service = Service::kIam,
                                .resource = policy_resource<&SetDefaultPolicyVersionRequest::policy_arn>,
                                .conditions = kSetDefaultPolicyVersionConditions});
}

}  // namespace claviger::api::iam_actions
