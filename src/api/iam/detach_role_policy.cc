#include "api/iam/actions.h"

#include "api/iam/common.h"
#include "api/iam/conditions.h"
#include "api/iam/fields.h"
#include "iam/permission_rules.h"

namespace claviger::api::iam_actions {
namespace {

struct DetachRolePolicyRequest {
  std::string role_name;
  std::string policy_arn;
};
constexpr auto kDetachRolePolicyRequest = wire::members<DetachRolePolicyRequest>(
    role_name<&DetachRolePolicyRequest::role_name>(), policy_arn<&DetachRolePolicyRequest::policy_arn>());

Result<Reply<NoResponse>> detach_role_policy(const Context& context, DetachRolePolicyRequest& request) {
  CLAVIGER_TRY(check_policy_arn(request.policy_arn));
  CLAVIGER_ASSIGN(store::Commit commit,
                  iam::detach_policy(rules(context), {iam::EntityKind::kRole, context.scope.account, request.role_name},
                                     request.policy_arn));
  return Reply<NoResponse>({}, std::move(commit));
}

constexpr auto kDetachRolePolicyConditions =
    kEntityTags<DetachRolePolicyRequest, iam::EntityKind::kRole, &DetachRolePolicyRequest::role_name> +
    kPolicyArn<DetachRolePolicyRequest, &DetachRolePolicyRequest::policy_arn> +
    kBoundary<DetachRolePolicyRequest, iam::EntityKind::kRole, &DetachRolePolicyRequest::role_name>;

}  // namespace

std::unique_ptr<const Action> detach_role_policy_action() {
  return make_action(Definition{.name = "DetachRolePolicy",
                                .permission = "iam:DetachRolePolicy",
                                .read_only = false,
                                .request = kDetachRolePolicyRequest,
                                .response = kNoResponse,
                                .handle = detach_role_policy,
                                .service = Service::kIam,
                                .resource = kRoleResource<&DetachRolePolicyRequest::role_name>,
                                .conditions = kDetachRolePolicyConditions});
}

}  // namespace claviger::api::iam_actions
