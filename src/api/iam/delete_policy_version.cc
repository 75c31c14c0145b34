#include "api/iam/actions.h"

#include "api/iam/common.h"
#include "api/iam/conditions.h"
#include "api/iam/fields.h"
#include "iam/policy_rules.h"

namespace claviger::api::iam_actions {
namespace {

struct DeletePolicyVersionRequest {
  std::string policy_arn;
  std::string version_id;
};
constexpr auto kDeletePolicyVersionRequest = wire::members<DeletePolicyVersionRequest>(
    policy_arn<&DeletePolicyVersionRequest::policy_arn>(), version_id<&DeletePolicyVersionRequest::version_id>());

Result<Reply<NoResponse>> delete_policy_version(const Context& context, DeletePolicyVersionRequest& request) {
  CLAVIGER_ASSIGN(store::Commit commit, iam::delete_policy_version(rules(context), context.scope.account,
                                                                   request.policy_arn, request.version_id));
  return Reply<NoResponse>({}, std::move(commit));
}

constexpr auto kDeletePolicyVersionConditions =
    kPolicyTags<DeletePolicyVersionRequest, &DeletePolicyVersionRequest::policy_arn>;

}  // namespace

std::unique_ptr<const Action> delete_policy_version_action() {
  return make_action(Definition{.name = "DeletePolicyVersion",
                                .permission = "iam:DeletePolicyVersion",
                                .read_only = false,
                                .request = kDeletePolicyVersionRequest,
                                .response = kNoResponse,
                                .handle = delete_policy_version,
                                .service = Service::kIam,
                                .resource = policy_resource<&DeletePolicyVersionRequest::policy_arn>,
                                .conditions = kDeletePolicyVersionConditions});
}

}  // namespace claviger::api::iam_actions
