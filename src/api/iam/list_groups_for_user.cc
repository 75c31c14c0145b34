#include "api/iam/actions.h"

#include "api/iam/common.h"
#include "api/iam/conditions.h"
#include "api/iam/entities.h"
#include "api/iam/fields.h"
#include "api/iam/listing.h"

namespace claviger::api::iam_actions {
namespace {

struct ListGroupsForUserRequest {
  std::string user_name;
  std::optional<std::string> marker;
  std::optional<std::int32_t> max_items;
};
constexpr auto kListGroupsForUserRequest = wire::members<ListGroupsForUserRequest>(
    user_name<&ListGroupsForUserRequest::user_name>(), marker<&ListGroupsForUserRequest::marker>(),
    max_items<&ListGroupsForUserRequest::max_items>());

struct ListGroupsForUserResponse {
  std::vector<GroupEntry> groups;
  bool is_truncated = false;
  std::optional<std::string> marker;
};
constexpr auto kListGroupsForUserResponse = wire::members<ListGroupsForUserResponse>(
    wire::required<&ListGroupsForUserResponse::groups>("Groups"),
    is_truncated<&ListGroupsForUserResponse::is_truncated>(), next_marker<&ListGroupsForUserResponse::marker>());

Result<Reply<ListGroupsForUserResponse>> list_groups_for_user(const Context& context,
                                                              ListGroupsForUserRequest& request) {
  CLAVIGER_ASSIGN(const iam::User* user, iam::find_user(*context.iam, context.scope.account, request.user_name));
  ListGroupsForUserResponse response;
  CLAVIGER_TRY(list_page(context, "ListGroupsForUser/" + std::string(user->record.id.view()), request,
                         user->record.groups, response, response.groups,
                         [&](const iam::UniqueId& id) -> std::optional<GroupEntry> {
                           const iam::Group* group = context.iam->group(id);
                           if (group == nullptr) return std::nullopt;
                           return group_entry(context, group->record);
                         }));
  return response;
}

constexpr auto kListGroupsForUserConditions =
    kEntityTags<ListGroupsForUserRequest, iam::EntityKind::kUser, &ListGroupsForUserRequest::user_name>;

}  // namespace

std::unique_ptr<const Action> list_groups_for_user_action() {
  return make_action(Definition{.name = "ListGroupsForUser",
                                .permission = "iam:ListGroupsForUser",
                                .read_only = true,
                                .request = kListGroupsForUserRequest,
                                .response = kListGroupsForUserResponse,
                                .handle = list_groups_for_user,
                                .service = Service::kIam,
                                .resource = kUserResource<&ListGroupsForUserRequest::user_name>,
                                .conditions = kListGroupsForUserConditions});
}

}  // namespace claviger::api::iam_actions
