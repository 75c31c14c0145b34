#include "api/iam/actions.h"

#include "api/iam/common.h"
#include "api/iam/conditions.h"
#include "api/iam/fields.h"
#include "iam/permission_rules.h"

namespace claviger::api::iam_actions {
namespace {

struct DetachGroupPolicyRequest {
  std::string group_name;
  std::string policy_arn;
};
constexpr auto kDetachGroupPolicyRequest = wire::members<DetachGroupPolicyRequest>(
    group_name<&DetachGroupPolicyRequest::group_name>(), policy_arn<&DetachGroupPolicyRequest::policy_arn>());

Result<Reply<NoResponse>> detach_group_policy(const Context& context, DetachGroupPolicyRequest& request) {
  CLAVIGER_TRY(check_policy_arn(request.policy_arn));
  CLAVIGER_ASSIGN(
      store::Commit commit,
      iam::detach_policy(rules(context), {iam::EntityKind::kGroup, context.scope.account, request.group_name},
                         request.policy_arn));
  return Reply<NoResponse>({}, std::move(commit));
}

constexpr auto kDetachGroupPolicyConditions =
    kPolicyArn<DetachGroupPolicyRequest, &DetachGroupPolicyRequest::policy_arn>;

}  // namespace

std::unique_ptr<const Action> detach_group_policy_action() {
  return make_action(Definition{.name = "DetachGroupPolicy",
                                .permission = "iam:DetachGroupPolicy",
                                .read_only = false,
                                .request = kDetachGroupPolicyRequest,
                                .response = kNoResponse,
                                .handle = detach_group_policy,
                                .service = Service::kIam,
                                .resource = kGroupResource<&DetachGroupPolicyRequest::group_name>,
                                .conditions = kDetachGroupPolicyConditions});
}

}  // namespace claviger::api::iam_actions
