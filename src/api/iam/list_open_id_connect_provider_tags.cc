#include "api/iam/actions.h"

#include "api/iam/common.h"
#include "api/iam/conditions.h"
#include "api/iam/fields.h"
#include "api/iam/listing.h"
#include "api/iam/providers.h"

namespace claviger::api::iam_actions {
namespace {

struct ListOpenIDConnectProviderTagsRequest {
  std::string provider_arn;
  std::optional<std::string> marker;
  std::optional<std::int32_t> max_items;
};
constexpr auto kListOpenIDConnectProviderTagsRequest = wire::members<ListOpenIDConnectProviderTagsRequest>(
    provider_arn<&ListOpenIDConnectProviderTagsRequest::provider_arn>(),
    marker<&ListOpenIDConnectProviderTagsRequest::marker>(),
    max_items<&ListOpenIDConnectProviderTagsRequest::max_items>());

struct ListOpenIDConnectProviderTagsResponse {
  std::vector<iam::Tag> tags;
  bool is_truncated = false;
  std::optional<std::string> marker;
};
constexpr auto kListOpenIDConnectProviderTagsResponse = wire::members<ListOpenIDConnectProviderTagsResponse>(
    wire::required<&ListOpenIDConnectProviderTagsResponse::tags>("Tags"),
    is_truncated<&ListOpenIDConnectProviderTagsResponse::is_truncated>(),
    next_marker<&ListOpenIDConnectProviderTagsResponse::marker>());

Result<Reply<ListOpenIDConnectProviderTagsResponse>> list_open_id_connect_provider_tags(
    const Context& context, ListOpenIDConnectProviderTagsRequest& request) {
  CLAVIGER_ASSIGN(const iam::Provider* provider, find_provider(context, request.provider_arn));
  ListOpenIDConnectProviderTagsResponse response;
  CLAVIGER_TRY(list_page(context, "ListOpenIDConnectProviderTags/" + provider->record.url, request,
                         provider->record.tags, response, response.tags,
                         [](const iam::Tag& tag) { return std::optional(tag); }));
  return response;
}

constexpr auto kListOpenIDConnectProviderTagsConditions =
    kProviderTags<ListOpenIDConnectProviderTagsRequest, &ListOpenIDConnectProviderTagsRequest::provider_arn>;

}  // namespace

std::unique_ptr<const Action> list_open_id_connect_provider_tags_action() {
  return make_action(Definition{.name = "ListOpenIDConnectProviderTags",
                                .permission = "iam:ListOpenIDConnectProviderTags",
                                .read_only = true,
                                .request = kListOpenIDConnectProviderTagsRequest,
                                .response = kListOpenIDConnectProviderTagsResponse,
                                .handle = list_open_id_connect_provider_tags,
                                .service = Service::kIam,
                                .resource = provider_resource<&ListOpenIDConnectProviderTagsRequest::provider_arn>,
                                .conditions = kListOpenIDConnectProviderTagsConditions});
}

}  // namespace claviger::api::iam_actions
