#include "api/iam/actions.h"

#include "api/iam/common.h"
#include "api/iam/entities.h"
#include "api/iam/fields.h"
#include "api/iam/listing.h"

namespace claviger::api::iam_actions {
namespace {

struct ListAttachedGroupPoliciesRequest {
  std::string group_name;
  std::optional<std::string> path_prefix;
  std::optional<std::string> marker;
  std::optional<std::int32_t> max_items;
};
constexpr auto kListAttachedGroupPoliciesRequest = wire::members<ListAttachedGroupPoliciesRequest>(
    group_name<&ListAttachedGroupPoliciesRequest::group_name>(),
    policy_path<&ListAttachedGroupPoliciesRequest::path_prefix>("PathPrefix"),
    marker<&ListAttachedGroupPoliciesRequest::marker>(), max_items<&ListAttachedGroupPoliciesRequest::max_items>());

struct ListAttachedGroupPoliciesResponse {
  std::vector<AttachedPolicy> attached_policies;
  bool is_truncated = false;
  std::optional<std::string> marker;
};
constexpr auto kListAttachedGroupPoliciesResponse = wire::members<ListAttachedGroupPoliciesResponse>(
    wire::required<&ListAttachedGroupPoliciesResponse::attached_policies>("AttachedPolicies"),
    is_truncated<&ListAttachedGroupPoliciesResponse::is_truncated>(),
    next_marker<&ListAttachedGroupPoliciesResponse::marker>());

Result<Reply<ListAttachedGroupPoliciesResponse>> list_attached_group_policies(
    const Context& context, ListAttachedGroupPoliciesRequest& request) {
  CLAVIGER_ASSIGN(const iam::Group* group, iam::find_group(*context.iam, context.scope.account, request.group_name));
  const std::string prefix = request.path_prefix.value_or("/");
  ListAttachedGroupPoliciesResponse response;
  CLAVIGER_TRY(list_page(context, "ListAttachedGroupPolicies/" + std::string(group->record.id.view()) + prefix, request,
                         group->record.permissions.attached, response, response.attached_policies,
                         [&](const iam::UniqueId& id) -> std::optional<AttachedPolicy> {
                           const iam::ManagedPolicy* policy = context.iam->policy(id);
                           if (policy == nullptr || !policy->record.path.starts_with(prefix)) return std::nullopt;
                           return attached_policy(context, policy->record);
                         }));
  return response;
}

}  // namespace

std::unique_ptr<const Action> list_attached_group_policies_action() {
  return make_action(Definition{.name = "ListAttachedGroupPolicies",
                                .permission = "iam:ListAttachedGroupPolicies",
                                .read_only = true,
                                .request = kListAttachedGroupPoliciesRequest,
                                .response = kListAttachedGroupPoliciesResponse,
                                .handle = list_attached_group_policies,
                                .service = Service::kIam,
                                .resource = kGroupResource<&ListAttachedGroupPoliciesRequest::group_name>});
}

}  // namespace claviger::api::iam_actions
