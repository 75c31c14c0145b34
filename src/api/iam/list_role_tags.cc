#include "api/iam/actions.h"

#include "api/iam/common.h"
#include "api/iam/conditions.h"
#include "api/iam/fields.h"
#include "api/iam/listing.h"

namespace claviger::api::iam_actions {
namespace {

struct ListRoleTagsRequest {
  std::string role_name;
  std::optional<std::string> marker;
  std::optional<std::int32_t> max_items;
};
constexpr auto kListRoleTagsRequest = wire::members<ListRoleTagsRequest>(role_name<&ListRoleTagsRequest::role_name>(),
                                                                         marker<&ListRoleTagsRequest::marker>(),
                                                                         max_items<&ListRoleTagsRequest::max_items>());

struct ListRoleTagsResponse {
  std::vector<iam::Tag> tags;
  bool is_truncated = false;
  std::optional<std::string> marker;
};
constexpr auto kListRoleTagsResponse = wire::members<ListRoleTagsResponse>(
    wire::required<&ListRoleTagsResponse::tags>("Tags"), is_truncated<&ListRoleTagsResponse::is_truncated>(),
    next_marker<&ListRoleTagsResponse::marker>());

Result<Reply<ListRoleTagsResponse>> list_role_tags(const Context& context, ListRoleTagsRequest& request) {
  CLAVIGER_ASSIGN(const iam::Role* role, iam::find_role(*context.iam, context.scope.account, request.role_name));
  ListRoleTagsResponse response;
  CLAVIGER_TRY(list_page(context, "ListRoleTags/" + std::string(role->record.id.view()), request, role->record.tags,
                         response, response.tags, [](const iam::Tag& tag) { return std::optional(tag); }));
  return response;
}

constexpr auto kListRoleTagsConditions =
    kEntityTags<ListRoleTagsRequest, iam::EntityKind::kRole, &ListRoleTagsRequest::role_name>;

}  // namespace

std::unique_ptr<const Action> list_role_tags_action() {
  return make_action(Definition{.name = "ListRoleTags",
                                .permission = "iam:ListRoleTags",
                                .read_only = true,
                                .request = kListRoleTagsRequest,
                                .response = kListRoleTagsResponse,
                                .handle = list_role_tags,
                                .service = Service::kIam,
                                .resource = kRoleResource<&ListRoleTagsRequest::role_name>,
                                .conditions = kListRoleTagsConditions});
}

}  // namespace claviger::api::iam_actions
