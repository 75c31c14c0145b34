#include "api/kms/actions.h"
#include "api/kms/common.h"
#include "api/page.h"

#include <algorithm>

namespace claviger::api::kms {
namespace {

struct ListResourceTagsRequest {
  std::string key_id;
  std::optional<std::int32_t> limit;
  std::optional<std::string> marker;
};
constexpr auto kListResourceTagsRequest = wire::members<ListResourceTagsRequest>(
    wire::required<&ListResourceTagsRequest::key_id>("KeyId", kKeyIdLength),
    wire::optional<&ListResourceTagsRequest::limit>("Limit", wire::range(1, 50)),
    wire::optional<&ListResourceTagsRequest::marker>("Marker", kMarkerLength, wire::pattern(kMarkerPattern)));

struct ListResourceTagsResponse {
  std::vector<keys::Tag> tags;
  std::optional<std::string> next_marker;
  bool truncated = false;
};
constexpr auto kListResourceTagsResponse =
    wire::members<ListResourceTagsResponse>(wire::required<&ListResourceTagsResponse::tags>("Tags"),
                                            wire::optional<&ListResourceTagsResponse::next_marker>("NextMarker"),
                                            wire::required<&ListResourceTagsResponse::truncated>("Truncated"));

Result<Targets> list_resource_tags_targets(const ListResourceTagsRequest& request) {
  return Targets{managed_key(request.key_id, "kms:ListResourceTags", keys::StateRule::kAny)};
}

Result<Reply<ListResourceTagsResponse>> list_resource_tags(const Context& context, ListResourceTagsRequest& request) {
  const keys::KeyRecord& record = context.key().record();
  const Pager pager(context, "ListResourceTags/" + std::string(record.id.view()));
  CLAVIGER_ASSIGN(const std::string after, pager.position(request.marker));
  // Sorted by key, so that a page goes on rightly after tags came or went.
  std::vector<keys::Tag> tags = record.tags;
  std::sort(tags.begin(), tags.end(), [](const keys::Tag& a, const keys::Tag& b) { return a.key < b.key; });
  if (request.marker) std::erase_if(tags, [&](const keys::Tag& tag) { return tag.key <= after; });
  const auto limit = static_cast<std::size_t>(request.limit.value_or(50));
  ListResourceTagsResponse response;
  response.truncated = tags.size() > limit;
  if (response.truncated) {
    tags.resize(limit);
    response.next_marker = pager.next_marker(tags.back().key);
  }
  response.tags = std::move(tags);
  return response;
}

}  // namespace

std::unique_ptr<const Action> list_resource_tags_action() {
  return make_action(Definition{.name = "ListResourceTags",
                                .permission = "kms:ListResourceTags",
                                .read_only = true,
                                .request = kListResourceTagsRequest,
                                .response = kListResourceTagsResponse,
                                .targets = list_resource_tags_targets,
                                .handle = list_resource_tags});
}

}  // namespace claviger::api::kms
