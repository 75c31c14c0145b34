#include "api/iam/actions.h"

#include "api/iam/common.h"
#include "api/iam/conditions.h"
#include "api/iam/fields.h"
#include "iam/permission_rules.h"

namespace claviger::api::iam_actions {
namespace {

struct DeleteRolePolicyRequest {
  std::string role_name;
  std::string policy_name;
};
constexpr auto kDeleteRolePolicyRequest = wire::members<DeleteRolePolicyRequest>(
    role_name<&DeleteRolePolicyRequest::role_name>(), policy_name<&DeleteRolePolicyRequest::policy_name>());

Result<Reply<NoResponse>> delete_role_policy(const Context& context, DeleteRolePolicyRequest& request) {
  CLAVIGER_ASSIGN(
      store::Commit commit,
      iam::delete_inline_policy(rules(context), {iam::EntityKind::kRole, context.scope.account, request.role_name},
                                request.policy_name));
  return Reply<NoResponse>({}, std::move(commit));
}

constexpr auto kDeleteRolePolicyConditions =
    kEntityTags<DeleteRolePolicyRequest, iam::EntityKind::kRole, &DeleteRolePolicyRequest::role_name> +
    kBoundary<DeleteRolePolicyRequest, iam::EntityKind::kRole, &DeleteRolePolicyRequest::role_name>;

}  // namespace

std::unique_ptr<const Action> delete_role_policy_action() {
  return make_action(Definition{.name = "DeleteRolePolicy",
                                .permission = "iam:DeleteRolePolicy",
                                .read_only = false,
                                .request = kDeleteRolePolicyRequest,
                                .response = kNoResponse,
                                .handle = delete_role_policy,
                                .service = Service::kIam,
                                .resource = kRoleResource<&DeleteRolePolicyRequest::role_name>,
                                .conditions = kDeleteRolePolicyConditions});
}

}  // namespace claviger::api::iam_actions
