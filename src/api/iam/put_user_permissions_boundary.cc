#include "api/iam/actions.h"

#include "api/iam/common.h"
#include "api/iam/conditions.h"
#include "api/iam/fields.h"
#include "iam/permission_rules.h"

namespace claviger::api::iam_actions {
namespace {

struct PutUserPermissionsBoundaryRequest {
  std::string user_name;
  std::string permissions_boundary;
};
constexpr auto kPutUserPermissionsBoundaryRequest = wire::members<PutUserPermissionsBoundaryRequest>(
    new_user_name<&PutUserPermissionsBoundaryRequest::user_name>(),
    arn<&PutUserPermissionsBoundaryRequest::permissions_boundary>("PermissionsBoundary"));

Result<Reply<NoResponse>> put_user_permissions_boundary(const Context& context,
                                                        PutUserPermissionsBoundaryRequest& request) {
  CLAVIGER_TRY(check_policy_arn(request.permissions_boundary));
  CLAVIGER_ASSIGN(store::Commit commit,
                  iam::put_boundary(rules(context), {iam::EntityKind::kUser, context.scope.account, request.user_name},
                                    request.permissions_boundary));
  return Reply<NoResponse>({}, std::move(commit));
}

constexpr auto kPutUserPermissionsBoundaryConditions =
    kEntityTags<PutUserPermissionsBoundaryRequest, iam::EntityKind::kUser,
                &PutUserPermissionsBoundaryRequest::user_name> +
    kNewBoundary<PutUserPermissionsBoundaryRequest, &PutUserPermissionsBoundaryRequest::permissions_boundary>;

}  // namespace

std::unique_ptr<const Action> put_user_permissions_boundary_action() {
  return make_action(Definition{.name = "PutUserPermissionsBoundary",
                                .permission = "iam:PutUserPermissionsBoundary",
                                .read_only = false,
                                .request = kPutUserPermissionsBoundaryRequest,
                                .response = kNoResponse,
                                .handle = put_user_permissions_boundary,
                                .service = Service::kIam,
                                .resource = kUserResource<&PutUserPermissionsBoundaryRequest::user_name>,
                                .conditions = kPutUserPermissionsBoundaryConditions});
}

}  // namespace claviger::api::iam_actions
