#include "api/iam/actions.h"

#include "api/iam/common.h"
#include "api/iam/entities.h"
#include "api/iam/fields.h"
#include "api/iam/listing.h"

namespace claviger::api::iam_actions {
namespace {

struct GetGroupRequest {
  std::string group_name;
  std::optional<std::string> marker;
  std::optional<std::int32_t> max_items;
};
constexpr auto kGetGroupRequest =
    wire::members<GetGroupRequest>(group_name<&GetGroupRequest::group_name>(), marker<&GetGroupRequest::marker>(),
                                   max_items<&GetGroupRequest::max_items>());

struct GetGroupResponse {
  GroupEntry group;
  std::vector<UserEntry> users;
  bool is_truncated = false;
  std::optional<std::string> marker;
};
constexpr auto kGetGroupResponse = wire::members<GetGroupResponse>(
    wire::required<&GetGroupResponse::group>("Group"), wire::required<&GetGroupResponse::users>("Users"),
    is_truncated<&GetGroupResponse::is_truncated>(), next_marker<&GetGroupResponse::marker>());

Result<Reply<GetGroupResponse>> get_group(const Context& context, GetGroupRequest& request) {
  CLAVIGER_ASSIGN(const iam::Group* group, iam::find_group(*context.iam, context.scope.account, request.group_name));
  GetGroupResponse response{.group = group_entry(context, group->record)};
  const iam::UniqueId& id = group->record.id;
  CLAVIGER_TRY(list_page(context, "GetGroup/" + std::string(id.view()), request, context.iam->referrers(id), response,
                         response.users, [&](const iam::UniqueId& member) -> std::optional<UserEntry> {
                           const iam::User* user = context.iam->user(member);
                           if (user == nullptr) return std::nullopt;
                           return user_entry(context, user->record, Detail::kListed);
                         }));
  return response;
}

}  // namespace

std::unique_ptr<const Action> get_group_action() {
  return make_action(Definition{.name = "GetGroup",
                                .permission = "iam:GetGroup",
                                .read_only = true,
                                .request = kGetGroupRequest,
                                .response = kGetGroupResponse,
                                .handle = get_group,
                                .service = Service::kIam,
                                .resource = kGroupResource<&GetGroupRequest::group_name>});
}

}  // namespace claviger::api::iam_actions
