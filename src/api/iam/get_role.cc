#include "api/iam/actions.h"

#include "api/iam/common.h"
#include "api/iam/conditions.h"
#include "api/iam/entities.h"
#include "api/iam/fields.h"

namespace claviger::api::iam_actions {
namespace {

struct GetRoleRequest {
  std::string role_name;
};
constexpr auto kGetRoleRequest = wire::members<GetRoleRequest>(role_name<&GetRoleRequest::role_name>());

struct GetRoleResponse {
  RoleEntry role;
};
constexpr auto kGetRoleResponse = wire::members<GetRoleResponse>(wire::required<&GetRoleResponse::role>("Role"));

Result<Reply<GetRoleResponse>> get_role(const Context& context, GetRoleRequest& request) {
  CLAVIGER_ASSIGN(const iam::Role* role, iam::find_role(*context.iam, context.scope.account, request.role_name));
  return GetRoleResponse{role_entry(context, role->record, Detail::kFull)};
}

constexpr auto kGetRoleConditions = kEntityTags<GetRoleRequest, iam::EntityKind::kRole, &GetRoleRequest::role_name>;

}  // namespace

std::unique_ptr<const Action> get_role_action() {
  return make_action(Definition{.name = "GetRole",
                                .permission = "iam:GetRole",
                                .read_only = true,
                                .request = kGetRoleRequest,
                                .response = kGetRoleResponse,
                                .handle = get_role,
                                .service = Service::kIam,
                                .resource = kRoleResource<&GetRoleRequest::role_name>,
                                .conditions = kGetRoleConditions});
}

}  // namespace claviger::api::iam_actions
