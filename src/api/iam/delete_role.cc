#include "api/iam/actions.h"

#include "api/iam/common.h"
#include "api/iam/conditions.h"
#include "api/iam/fields.h"
#include "iam/entity_rules.h"

namespace claviger::api::iam_actions {
namespace {

struct DeleteRoleRequest {
  std::string role_name;
};
constexpr auto kDeleteRoleRequest = wire::members<DeleteRoleRequest>(role_name<&DeleteRoleRequest::role_name>());

Result<Reply<NoResponse>> delete_role(const Context& context, DeleteRoleRequest& request) {
  CLAVIGER_ASSIGN(store::Commit commit, iam::delete_role(rules(context), context.scope.account, request.role_name));
  return Reply<NoResponse>({}, std::move(commit));
}

constexpr auto kDeleteRoleConditions =
    kEntityTags<DeleteRoleRequest, iam::EntityKind::kRole, &DeleteRoleRequest::role_name>;

}  // namespace

std::unique_ptr<const Action> delete_role_action() {
  return make_action(Definition{.name = "DeleteRole",
                                .permission = "iam:DeleteRole",
                                .read_only = false,
                                .request = kDeleteRoleRequest,
                                .response = kNoResponse,
                                .handle = delete_role,
                                .service = Service::kIam,
                                .resource = kRoleResource<&DeleteRoleRequest::role_name>,
                                .conditions = kDeleteRoleConditions});
}

}  // namespace claviger::api::iam_actions
