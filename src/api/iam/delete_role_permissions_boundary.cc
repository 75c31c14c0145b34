#include "api/iam/actions.h"

#include "api/iam/common.h"
#include "api/iam/conditions.h"
#include "api/iam/fields.h"
#include "iam/permission_rules.h"

namespace claviger::api::iam_actions {
namespace {

struct DeleteRolePermissionsBoundaryRequest {
  std::string role_name;
};
constexpr auto kDeleteRolePermissionsBoundaryRequest =
    wire::members<DeleteRolePermissionsBoundaryRequest>(role_name<&DeleteRolePermissionsBoundaryRequest::role_name>());

Result<Reply<NoResponse>> delete_role_permissions_boundary(const Context& context,
                                                           DeleteRolePermissionsBoundaryRequest& request) {
  CLAVIGER_ASSIGN(
      store::Commit commit,
      iam::delete_boundary(rules(context), {iam::EntityKind::kRole, context.scope.account, request.role_name}));
  return Reply<NoResponse>({}, std::move(commit));
}

constexpr auto kDeleteRolePermissionsBoundaryConditions =
    kEntityTags<DeleteRolePermissionsBoundaryRequest, iam::EntityKind::kRole,
                &DeleteRolePermissionsBoundaryRequest::role_name> +
    kBoundary<DeleteRolePermissionsBoundaryRequest, iam::EntityKind::kRole,
              &DeleteRolePermissionsBoundaryRequest::role_name>;

}  // namespace

std::unique_ptr<const Action> delete_role_permissions_boundary_action() {
  return make_action(Definition{.name = "DeleteRolePermissionsBoundary",
                                .permission = "iam:DeleteRolePermissionsBoundary",
                                .read_only = false,
                                .request = kDeleteRolePermissionsBoundaryRequest,
                                .response = kNoResponse,
                                .handle = delete_role_permissions_boundary,
                                .service = Service::kIam,
                                .resource = kRoleResource<&DeleteRolePermissionsBoundaryRequest::role_name>,
                                .conditions = kDeleteRolePermissionsBoundaryConditions});
}

}  // namespace claviger::api::iam_actions
