#include "api/iam/actions.h"

#include "api/iam/common.h"
#include "api/iam/conditions.h"
#include "api/iam/entities.h"
#include "api/iam/fields.h"
#include "api/iam/listing.h"

namespace claviger::api::iam_actions {
namespace {

struct ListAttachedUserPoliciesRequest {
  std::string user_name;
  std::optional<std::string> path_prefix;
  std::optional<std::string> marker;
  std::optional<std::int32_t> max_items;
};
constexpr auto kListAttachedUserPoliciesRequest = wire::members<ListAttachedUserPoliciesRequest>(
    new_user_name<&ListAttachedUserPoliciesRequest::user_name>(),
    policy_path<&ListAttachedUserPoliciesRequest::path_prefix>("PathPrefix"),
    marker<&ListAttachedUserPoliciesRequest::marker>(), max_items<&ListAttachedUserPoliciesRequest::max_items>());

struct ListAttachedUserPoliciesResponse {
  std::vector<AttachedPolicy> attached_policies;
  bool is_truncated = false;
  std::optional<std::string> marker;
};
constexpr auto kListAttachedUserPoliciesResponse = wire::members<ListAttachedUserPoliciesResponse>(
    wire::required<&ListAttachedUserPoliciesResponse::attached_policies>("AttachedPolicies"),
    is_truncated<&ListAttachedUserPoliciesResponse::is_truncated>(),
    next_marker<&ListAttachedUserPoliciesResponse::marker>());

Result<Reply<ListAttachedUserPoliciesResponse>> list_attached_user_policies(const Context& context,
                                                                            ListAttachedUserPoliciesRequest& request) {
  CLAVIGER_ASSIGN(const iam::User* user, iam::find_user(*context.iam, context.scope.account, request.user_name));
  const std::string prefix = request.path_prefix.value_or("/");
  ListAttachedUserPoliciesResponse response;
  CLAVIGER_TRY(list_page(context, "ListAttachedUserPolicies/" + std::string(user->record.id.view()) + prefix, request,
                         user->record.permissions.attached, response, response.attached_policies,
                         [&](const iam::UniqueId& id) -> std::optional<AttachedPolicy> {
                           const iam::ManagedPolicy* policy = context.iam->policy(id);
                           if (policy == nullptr || !policy->record.path.starts_with(prefix)) return std::nullopt;
                           return attached_policy(context, policy->record);
                         }));
  return response;
}

constexpr auto kListAttachedUserPoliciesConditions =
    kEntityTags<ListAttachedUserPoliciesRequest, iam::EntityKind::kUser, &ListAttachedUserPoliciesRequest::user_name>;

}  // namespace

std::unique_ptr<const Action> list_attached_user_policies_action() {
  return make_action(Definition{.name = "ListAttachedUserPolicies",
                                .permission = "iam:ListAttachedUserPolicies",
                                .read_only = true,
                                .request = kListAttachedUserPoliciesRequest,
                                .response = kListAttachedUserPoliciesResponse,
                                .handle = list_attached_user_policies,
                                .service = Service::kIam,
                                .resource = kUserResource<&ListAttachedUserPoliciesRequest::user_name>,
                                .conditions = kListAttachedUserPoliciesConditions});
}

}  // namespace claviger::api::iam_actions
