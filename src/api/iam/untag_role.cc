#include "api/iam/actions.h"

#include "api/iam/common.h"
#include "api/iam/conditions.h"
#include "api/iam/fields.h"
#include "iam/tag_rules.h"

namespace claviger::api::iam_actions {
namespace {

struct UntagRoleRequest {
  std::string role_name;
  std::vector<std::string> tag_keys;
};
constexpr auto kUntagRoleRequest =
    wire::members<UntagRoleRequest>(role_name<&UntagRoleRequest::role_name>(), tag_keys<&UntagRoleRequest::tag_keys>());

Result<Reply<NoResponse>> untag_role(const Context& context, UntagRoleRequest& request) {
  CLAVIGER_ASSIGN(store::Commit commit,
                  iam::untag_holder(rules(context), {iam::EntityKind::kRole, context.scope.account, request.role_name},
                                    request.tag_keys));
  return Reply<NoResponse>({}, std::move(commit));
}

constexpr auto kUntagRoleConditions =
    kEntityTags<UntagRoleRequest, iam::EntityKind::kRole, &UntagRoleRequest::role_name> +
    kTagKeys<UntagRoleRequest, &UntagRoleRequest::tag_keys>;

}  // namespace

std::unique_ptr<const Action> untag_role_action() {
  return make_action(Definition{.name = "UntagRole",
                                .permission = "iam:UntagRole",
                                .read_only = false,
                                .request = kUntagRoleRequest,
                                .response = kNoResponse,
                                .handle = untag_role,
                                .service = Service::kIam,
                                .resource = kRoleResource<&UntagRoleRequest::role_name>,
                                .conditions = kUntagRoleConditions});
}

}  // namespace claviger::api::iam_actions
