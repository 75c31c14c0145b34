#include "api/iam/actions.h"

#include "api/iam/common.h"
#include "api/iam/conditions.h"
#include "api/iam/fields.h"
#include "api/iam/listing.h"

namespace claviger::api::iam_actions {
namespace {

struct ListUserTagsRequest {
  std::string user_name;
  std::optional<std::string> marker;
  std::optional<std::int32_t> max_items;
};
constexpr auto kListUserTagsRequest = wire::members<ListUserTagsRequest>(user_name<&ListUserTagsRequest::user_name>(),
                                                                         marker<&ListUserTagsRequest::marker>(),
                                                                         max_items<&ListUserTagsRequest::max_items>());

struct ListUserTagsResponse {
  std::vector<iam::Tag> tags;
  bool is_truncated = false;
  std::optional<std::string> marker;
};
constexpr auto kListUserTagsResponse = wire::members<ListUserTagsResponse>(
    wire::required<&ListUserTagsResponse::tags>("Tags"), is_truncated<&ListUserTagsResponse::is_truncated>(),
    next_marker<&ListUserTagsResponse::marker>());

Result<Reply<ListUserTagsResponse>> list_user_tags(const Context& context, ListUserTagsRequest& request) {
  CLAVIGER_ASSIGN(const iam::User* user, iam::find_user(*context.iam, context.scope.account, request.user_name));
  ListUserTagsResponse response;
  CLAVIGER_TRY(list_page(context, "ListUserTags/" + std::string(user->record.id.view()), request, user->record.tags,
                         response, response.tags, [](const iam::Tag& tag) { return std::optional(tag); }));
  return response;
}

constexpr auto kListUserTagsConditions =
    kEntityTags<ListUserTagsRequest, iam::EntityKind::kUser, &ListUserTagsRequest::user_name>;

}  // namespace

std::unique_ptr<const Action> list_user_tags_action() {
  return make_action(Definition{.name = "ListUserTags",
                                .permission = "iam:ListUserTags",
                                .read_only = true,
                                .request = kListUserTagsRequest,
                                .response = kListUserTagsResponse,
                                .handle = list_user_tags,
                                .service = Service::kIam,
                                .resource = kUserResource<&ListUserTagsRequest::user_name>,
                                .conditions = kListUserTagsConditions});
}

}  // namespace claviger::api::iam_actions
