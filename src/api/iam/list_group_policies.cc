#include "api/iam/actions.h"

#include "api/iam/common.h"
#include "api/iam/fields.h"
#include "api/iam/listing.h"

namespace claviger::api::iam_actions {
namespace {

struct ListGroupPoliciesRequest {
  std::string group_name;
  std::optional<std::string> marker;
  std::optional<std::int32_t> max_items;
};
constexpr auto kListGroupPoliciesRequest = wire::members<ListGroupPoliciesRequest>(
    group_name<&ListGroupPoliciesRequest::group_name>(), marker<&ListGroupPoliciesRequest::marker>(),
    max_items<&ListGroupPoliciesRequest::max_items>());

struct ListGroupPoliciesResponse {
  std::vector<std::string> policy_names;
  bool is_truncated = false;
  std::optional<std::string> marker;
};
constexpr auto kListGroupPoliciesResponse = wire::members<ListGroupPoliciesResponse>(
    wire::required<&ListGroupPoliciesResponse::policy_names>("PolicyNames"),
    is_truncated<&ListGroupPoliciesResponse::is_truncated>(), next_marker<&ListGroupPoliciesResponse::marker>());

Result<Reply<ListGroupPoliciesResponse>> list_group_policies(const Context& context,
                                                             ListGroupPoliciesRequest& request) {
  CLAVIGER_ASSIGN(const iam::Group* group, iam::find_group(*context.iam, context.scope.account, request.group_name));
  ListGroupPoliciesResponse response;
  CLAVIGER_TRY(list_page(context, "ListGroupPolicies/" + std::string(group->record.id.view()), request,
                         group->record.permissions.inline_policies, response, response.policy_names,
                         [](const iam::InlinePolicy& policy) { return std::optional(policy.name); }));
  return response;
}

}  // namespace

std::unique_ptr<const Action> list_group_policies_action() {
  return make_action(Definition{.name = "ListGroupPolicies",
                                .permission = "iam:ListGroupPolicies",
                                .read_only = true,
                                .request = kListGroupPoliciesRequest,
                                .response = kListGroupPoliciesResponse,
                                .handle = list_group_policies,
                                .service = Service::kIam,
                                .resource = kGroupResource<&ListGroupPoliciesRequest::group_name>});
}

}  // namespace claviger::api::iam_actions
