#include "api/iam/actions.h"

#include "api/iam/common.h"
#include "api/iam/conditions.h"
#include "api/iam/entities.h"
#include "api/iam/fields.h"
#include "api/iam/listing.h"

namespace claviger::api::iam_actions {
namespace {

struct ListAttachedRolePoliciesRequest {
  std::string role_name;
  std::optional<std::string> path_prefix;
  std::optional<std::string> marker;
  std::optional<std::int32_t> max_items;
};
constexpr auto kListAttachedRolePoliciesRequest = wire::members<ListAttachedRolePoliciesRequest>(
    role_name<&ListAttachedRolePoliciesRequest::role_name>(),
    policy_path<&ListAttachedRolePoliciesRequest::path_prefix>("PathPrefix"),
    marker<&ListAttachedRolePoliciesRequest::marker>(), max_items<&ListAttachedRolePoliciesRequest::max_items>());

struct ListAttachedRolePoliciesResponse {
  std::vector<AttachedPolicy> attached_policies;
  bool is_truncated = false;
  std::optional<std::string> marker;
};
constexpr auto kListAttachedRolePoliciesResponse = wire::members<ListAttachedRolePoliciesResponse>(
    wire::required<&ListAttachedRolePoliciesResponse::attached_policies>("AttachedPolicies"),
    is_truncated<&ListAttachedRolePoliciesResponse::is_truncated>(),
    next_marker<&ListAttachedRolePoliciesResponse::marker>());

Result<Reply<ListAttachedRolePoliciesResponse>> list_attached_role_policies(const Context& context,
                                                                            ListAttachedRolePoliciesRequest& request) {
  CLAVIGER_ASSIGN(const iam::Role* role, iam::find_role(*context.iam, context.scope.account, request.role_name));
  const std::string prefix = request.path_prefix.value_or("/");
  ListAttachedRolePoliciesResponse response;
  CLAVIGER_TRY(list_page(context, "ListAttachedRolePolicies/" + std::string(role->record.id.view()) + prefix, request,
                         role->record.permissions.attached, response, response.attached_policies,
                         [&](const iam::UniqueId& id) -> std::optional<AttachedPolicy> {
                           const iam::ManagedPolicy* policy = context.iam->policy(id);
                           if (policy == nullptr || !policy->record.path.starts_with(prefix)) return std::nullopt;
                           return attached_policy(context, policy->record);
                         }));
  return response;
}

constexpr auto kListAttachedRolePoliciesConditions =
    kEntityTags<ListAttachedRolePoliciesRequest, iam::EntityKind::kRole, &ListAttachedRolePoliciesRequest::role_name>;

}  // namespace

std::unique_ptr<const Action> list_attached_role_policies_action() {
  return make_action(Definition{.name = "ListAttachedRolePolicies",
                                .permission = "iam:ListAttachedRolePolicies",
                                .read_only = true,
                                .request = kListAttachedRolePoliciesRequest,
                                .response = kListAttachedRolePoliciesResponse,
                                .handle = list_attached_role_policies,
                                .service = Service::kIam,
                                .resource = kRoleResource<&ListAttachedRolePoliciesRequest::role_name>,
                                .conditions = kListAttachedRolePoliciesConditions});
}

}  // namespace claviger::api::iam_actions
