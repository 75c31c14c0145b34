#include "api/iam/actions.h"

#include "api/iam/common.h"
#include "api/iam/conditions.h"
#include "api/iam/fields.h"
#include "api/iam/listing.h"

namespace claviger::api::iam_actions {
namespace {

struct ListRolePoliciesRequest {
  std::string role_name;
  std::optional<std::string> marker;
  std::optional<std::int32_t> max_items;
};
constexpr auto kListRolePoliciesRequest = wire::members<ListRolePoliciesRequest>(
    role_name<&ListRolePoliciesRequest::role_name>(), marker<&ListRolePoliciesRequest::marker>(),
    max_items<&ListRolePoliciesRequest::max_items>());

struct ListRolePoliciesResponse {
  std::vector<std::string> policy_names;
  bool is_truncated = false;
  std::optional<std::string> marker;
};
constexpr auto kListRolePoliciesResponse = wire::members<ListRolePoliciesResponse>(
    wire::required<&ListRolePoliciesResponse::policy_names>("PolicyNames"),
    is_truncated<&ListRolePoliciesResponse::is_truncated>(), next_marker<&ListRolePoliciesResponse::marker>());

Result<Reply<ListRolePoliciesResponse>> list_role_policies(const Context& context, ListRolePoliciesRequest& request) {
  CLAVIGER_ASSIGN(const iam::Role* role, iam::find_role(*context.iam, context.scope.account, request.role_name));
  ListRolePoliciesResponse response;
  CLAVIGER_TRY(list_page(context, "ListRolePolicies/" + std::string(role->record.id.view()), request,
                         role->record.permissions.inline_policies, response, response.policy_names,
                         [](const iam::InlinePolicy& policy) { return std::optional(policy.name); }));
  return response;
}

constexpr auto kListRolePoliciesConditions =
    kEntityTags<ListRolePoliciesRequest, iam::EntityKind::kRole, &ListRolePoliciesRequest::role_name>;

}  // namespace

std::unique_ptr<const Action> list_role_policies_action() {
  return make_action(Definition{.name = "ListRolePolicies",
                                .permission = "iam:ListRolePolicies",
                                .read_only = true,
                                .request = kListRolePoliciesRequest,
                                .response = kListRolePoliciesResponse,
                                .handle = list_role_policies,
                                .service = Service::kIam,
                                .resource = kRoleResource<&ListRolePoliciesRequest::role_name>,
                                .conditions = kListRolePoliciesConditions});
}

}  // namespace claviger::api::iam_actions
