#include "api/iam/actions.h"

#include "api/iam/common.h"
#include "api/iam/conditions.h"
#include "api/iam/fields.h"
#include "api/iam/listing.h"

namespace claviger::api::iam_actions {
namespace {

struct ListUserPoliciesRequest {
  std::string user_name;
  std::optional<std::string> marker;
  std::optional<std::int32_t> max_items;
};
constexpr auto kListUserPoliciesRequest = wire::members<ListUserPoliciesRequest>(
    user_name<&ListUserPoliciesRequest::user_name>(), marker<&ListUserPoliciesRequest::marker>(),
    max_items<&ListUserPoliciesRequest::max_items>());

struct ListUserPoliciesResponse {
  std::vector<std::string> policy_names;
  bool is_truncated = false;
  std::optional<std::string> marker;
};
constexpr auto kListUserPoliciesResponse = wire::members<ListUserPoliciesResponse>(
    wire::required<&ListUserPoliciesResponse::policy_names>("PolicyNames"),
    is_truncated<&ListUserPoliciesResponse::is_truncated>(), next_marker<&ListUserPoliciesResponse::marker>());

Result<Reply<ListUserPoliciesResponse>> list_user_policies(const Context& context, ListUserPoliciesRequest& request) {
  CLAVIGER_ASSIGN(const iam::User* user, iam::find_user(*context.iam, context.scope.account, request.user_name));
  ListUserPoliciesResponse response;
  CLAVIGER_TRY(list_page(context, "ListUserPolicies/" + std::string(user->record.id.view()), request,
                         user->record.permissions.inline_policies, response, response.policy_names,
                         [](const iam::InlinePolicy& policy) { return std::optional(policy.name); }));
  return response;
}

constexpr auto kListUserPoliciesConditions =
    kEntityTags<ListUserPoliciesRequest, iam::EntityKind::kUser, &ListUserPoliciesRequest::user_name>;

}  // namespace

std::unique_ptr<const Action> list_user_policies_action() {
  return make_action(Definition{.name = "ListUserPolicies",
                                .permission = "iam:ListUserPolicies",
                                .read_only = true,
                                .request = kListUserPoliciesRequest,
                                .response = kListUserPoliciesResponse,
                                .handle = list_user_policies,
                                .service = Service::kIam,
                                .resource = kUserResource<&ListUserPoliciesRequest::user_name>,
                                .conditions = kListUserPoliciesConditions});
}

}  // namespace claviger::api::iam_actions
