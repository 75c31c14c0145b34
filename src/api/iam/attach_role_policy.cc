#include "api/iam/actions.h"

#include "api/iam/common.h"
#include "api/iam/conditions.h"
#include "api/iam/fields.h"
#include "iam/permission_rules.h"

namespace claviger::api::iam_actions {
namespace {

struct AttachRolePolicyRequest {
  std::string role_name;
  std::string policy_arn;
};
constexpr auto kAttachRolePolicyRequest = wire::members<AttachRolePolicyRequest>(
    role_name<&AttachRolePolicyRequest::role_name>(), policy_arn<&AttachRolePolicyRequest::policy_arn>());

Result<Reply<NoResponse>> attach_role_policy(const Context& context, AttachRolePolicyRequest& request) {
  CLAVIGER_TRY(check_policy_arn(request.policy_arn));
  CLAVIGER_ASSIGN(store::Commit commit,
                  iam::attach_policy(rules(context), {iam::EntityKind::kRole, context.scope.account, request.role_name},
                                     request.policy_arn));
  return Reply<NoResponse>({}, std::move(commit));
}

constexpr auto kAttachRolePolicyConditions =
    kEntityTags<AttachRolePolicyRequest, iam::EntityKind::kRole, &AttachRolePolicyRequest::role_name> +
    kPolicyArn<AttachRolePolicyRequest, &AttachRolePolicyRequest::policy_arn> +
    kBoundary<AttachRolePolicyRequest, iam::EntityKind::kRole, &AttachRolePolicyRequest::role_name>;

}  // namespace

std::unique_ptr<const Action> attach_role_policy_action() {
  return make_action(Definition{.name = "AttachRolePolicy",
                                .permission = "iam:AttachRolePolicy",
                                .read_only = false,
                                .request = kAttachRolePolicyRequest,
                                .response = kNoResponse,
                                .handle = attach_role_policy,
                                .service = Service::kIam,
                                .resource = kRoleResource<&AttachRolePolicyRequest::role_name>,
                                .conditions = kAttachRolePolicyConditions});
}

}  // namespace claviger::api::iam_actions
