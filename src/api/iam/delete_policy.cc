#include "api/iam/actions.h"

#include "api/iam/common.h"
#include "api/iam/conditions.h"
#include "api/iam/fields.h"
#include "iam/policy_rules.h"

namespace claviger::api::iam_actions {
namespace {

struct DeletePolicyRequest {
  std::string policy_arn;
};
constexpr auto kDeletePolicyRequest =
    wire::members<DeletePolicyRequest>(policy_arn<&DeletePolicyRequest::policy_arn>());

Result<Reply<NoResponse>> delete_policy(const Context& context, DeletePolicyRequest& request) {
  CLAVIGER_ASSIGN(store::Commit commit, iam::delete_policy(rules(context), context.scope.account, request.policy_arn));
  return Reply<NoResponse>({}, std::move(commit));
}

constexpr auto kDeletePolicyConditions = kPolicyTags<DeletePolicyRequest, &DeletePolicyRequest::policy_arn>;

}  // namespace

std::unique_ptr<const Action> delete_policy_action() {
  return make_action(Definition{.name = "DeletePolicy",
                                .permission = "iam:DeletePolicy",
                                .read_only = false,
                                .request = kDeletePolicyRequest,
                                .response = kNoResponse,
                                .handle = delete_policy,
                                .service = Service::kIam,
                                .resource = policy_resource<&DeletePolicyRequest::policy_arn>,
                                .conditions = kDeletePolicyConditions});
}

}  // namespace claviger::api::iam_actions
