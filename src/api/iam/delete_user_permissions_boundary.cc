#include "api/iam/actions.h"

#include "api/iam/common.h"
#include "api/iam/conditions.h"
#include "api/iam/fields.h"
#include "iam/permission_rules.h"

namespace claviger::api::iam_actions {
namespace {

struct DeleteUserPermissionsBoundaryRequest {
  std::string user_name;
};
constexpr auto kDeleteUserPermissionsBoundaryRequest = wire::members<DeleteUserPermissionsBoundaryRequest>(
    new_user_name<&DeleteUserPermissionsBoundaryRequest::user_name>());

Result<Reply<NoResponse>> delete_user_permissions_boundary(const Context& context,
                                                           DeleteUserPermissionsBoundaryRequest& request) {
  CLAVIGER_ASSIGN(
      store::Commit commit,
      iam::delete_boundary(rules(context), {iam::EntityKind::kUser, context.scope.account, request.user_name}));
  return Reply<NoResponse>({}, std::move(commit));
}

constexpr auto kDeleteUserPermissionsBoundaryConditions =
    kEntityTags<DeleteUserPermissionsBoundaryRequest, iam::EntityKind::kUser,
                &DeleteUserPermissionsBoundaryRequest::user_name> +
    kBoundary<DeleteUserPermissionsBoundaryRequest, iam::EntityKind::kUser,
              &DeleteUserPermissionsBoundaryRequest::user_name>;

}  // namespace

std::unique_ptr<const Action> delete_user_permissions_boundary_action() {
  return make_action(Definition{.name = "DeleteUserPermissionsBoundary",
                                .permission = "iam:DeleteUserPermissionsBoundary",
                                .read_only = false,
                                .request = kDeleteUserPermissionsBoundaryRequest,
                                .response = kNoResponse,
                                .handle = delete_user_permissions_boundary,
                                .service = Service::kIam,
                                .resource = kUserResource<&DeleteUserPermissionsBoundaryRequest::user_name>,
                                .conditions = kDeleteUserPermissionsBoundaryConditions});
}

}  // namespace claviger::api::iam_actions
