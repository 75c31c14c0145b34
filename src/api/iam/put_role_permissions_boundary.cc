#include "api/iam/actions.h"

#include "api/iam/common.h"
#include "api/iam/conditions.h"
#include "api/iam/fields.h"
#include "iam/permission_rules.h"

namespace claviger::api::iam_actions {
namespace {

struct PutRolePermissionsBoundaryRequest {
  std::string role_name;
  std::string permissions_boundary;
};
constexpr auto kPutRolePermissionsBoundaryRequest = wire::members<PutRolePermissionsBoundaryRequest>(
    role_name<&PutRolePermissionsBoundaryRequest::role_name>(),
    arn<&PutRolePermissionsBoundaryRequest::permissions_boundary>("PermissionsBoundary"));

Result<Reply<NoResponse>> put_role_permissions_boundary(const Context& context,
                                                        PutRolePermissionsBoundaryRequest& request) {
  CLAVIGER_TRY(check_policy_arn(request.permissions_boundary));
  CLAVIGER_ASSIGN(store::Commit commit,
                  iam::put_boundary(rules(context), {iam::EntityKind::kRole, context.scope.account, request.role_name},
                                    request.permissions_boundary));
  return Reply<NoResponse>({}, std::move(commit));
}

constexpr auto kPutRolePermissionsBoundaryConditions =
    kEntityTags<PutRolePermissionsBoundaryRequest, iam::EntityKind::kRole,
                &PutRolePermissionsBoundaryRequest::role_name> +
    kNewBoundary<PutRolePermissionsBoundaryRequest, &PutRolePermissionsBoundaryRequest::permissions_boundary>;

}  // namespace

std::unique_ptr<const Action> put_role_permissions_boundary_action() {
  return make_action(Definition{.name = "PutRolePermissionsBoundary",
                                .permission = "iam:PutRolePermissionsBoundary",
                                .read_only = false,
                                .request = kPutRolePermissionsBoundaryRequest,
                                .response = kNoResponse,
                                .handle = put_role_permissions_boundary,
                                .service = Service::kIam,
                                .resource = kRoleResource<&PutRolePermissionsBoundaryRequest::role_name>,
                                .conditions = kPutRolePermissionsBoundaryConditions});
}

}  // namespace claviger::api::iam_actions
