#include "api/iam/actions.h"

#include "api/iam/common.h"
#include "api/iam/entities.h"
#include "api/iam/fields.h"
#include "api/iam/listing.h"

namespace claviger::api::iam_actions {
namespace {

struct ListGroupsRequest {
  std::optional<std::string> path_prefix;
  std::optional<std::string> marker;
  std::optional<std::int32_t> max_items;
};
constexpr auto kListGroupsRequest =
    wire::members<ListGroupsRequest>(path_prefix<&ListGroupsRequest::path_prefix>(),
                                     marker<&ListGroupsRequest::marker>(), max_items<&ListGroupsRequest::max_items>());

struct ListGroupsResponse {
  std::vector<GroupEntry> groups;
  bool is_truncated = false;
  std::optional<std::string> marker;
};
constexpr auto kListGroupsResponse = wire::members<ListGroupsResponse>(
    wire::required<&ListGroupsResponse::groups>("Groups"), is_truncated<&ListGroupsResponse::is_truncated>(),
    next_marker<&ListGroupsResponse::marker>());

Result<Reply<ListGroupsResponse>> list_groups(const Context& context, ListGroupsRequest& request) {
  const iam::Account* account = context.iam->account(context.scope.account);
  ListGroupsResponse response;
  if (account == nullptr) return response;
  const std::string prefix = request.path_prefix.value_or("/");
  CLAVIGER_TRY(list_page(context, "ListGroups" + prefix, request, account->groups, response, response.groups,
                         [&](const auto& named) -> std::optional<GroupEntry> {
                           const iam::Group& group = *context.iam->group(named.second);
                           if (!group.record.path.starts_with(prefix)) return std::nullopt;
                           return group_entry(context, group.record);
                         }));
  return response;
}

Result<std::string> list_groups_resource(const Context& context, const ListGroupsRequest& request) {
  return account_resource(context, "group" + request.path_prefix.value_or("/"));
}

}  // namespace

std::unique_ptr<const Action> list_groups_action() {
  return make_action(Definition{.name = "ListGroups",
                                .permission = "iam:ListGroups",
                                .read_only = true,
                                .request = kListGroupsRequest,
                                .response = kListGroupsResponse,
                                .handle = list_groups,
                                .service = Service::kIam,
                                .resource = list_groups_resource});
}

}  // namespace claviger::api::iam_actions
