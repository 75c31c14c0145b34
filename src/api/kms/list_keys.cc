#include "api/kms/actions.h"
#include "api/kms/common.h"
#include "api/page.h"

namespace claviger::api::kms {
namespace {

struct ListKeysRequest {
  std::optional<std::int32_t> limit;
  std::optional<std::string> marker;
};
constexpr auto kListKeysRequest = wire::members<ListKeysRequest>(
    wire::optional<&ListKeysRequest::limit>("Limit", wire::range(1, 1000)),
    wire::optional<&ListKeysRequest::marker>("Marker", kMarkerLength, wire::pattern(kMarkerPattern)));

struct KeyListEntry {
  std::string key_id;
  std::string key_arn;
};
struct ListKeysResponse {
  std::vector<KeyListEntry> keys;
  std::optional<std::string> next_marker;
  bool truncated = false;
};

}  // namespace
}  // namespace claviger::api::kms

namespace claviger::wire {
template <>
struct Structure<api::kms::KeyListEntry> {
  using M = api::kms::KeyListEntry;
  static constexpr auto kMembers = members<M>(required<&M::key_id>("KeyId"), required<&M::key_arn>("KeyArn"));
};
}  // namespace claviger::wire

namespace claviger::api::kms {
namespace {

constexpr auto kListKeysResponse = wire::members<ListKeysResponse>(
    wire::required<&ListKeysResponse::keys>("Keys"), wire::optional<&ListKeysResponse::next_marker>("NextMarker"),
    wire::required<&ListKeysResponse::truncated>("Truncated"));

Result<Targets> list_keys_targets(const ListKeysRequest&) { return Targets{}; }

Result<Reply<ListKeysResponse>> list_keys(const Context& context, ListKeysRequest& request) {
  const Pager pager(context, "ListKeys");
  CLAVIGER_ASSIGN(const std::string after, pager.position(request.marker));
  const auto limit = static_cast<std::size_t>(request.limit.value_or(100));
  // One more than asked for tells whether there is more.
  CLAVIGER_ASSIGN(const auto entries,
                  context.services.store->range(keys::layout::keys_prefix(context.scope), after, limit + 1));
  ListKeysResponse response;
  response.truncated = entries.size() > limit;
  for (std::size_t i = 0; i < entries.size() && i < limit; ++i) {
    const auto place = keys::layout::parse_key(entries[i].key);
    if (!place) return fail(Error::corrupt("a store key is not a key's place"));
    response.keys.push_back({std::string(place->id.view()), key_arn(place->scope, place->id)});
  }
  if (response.truncated) response.next_marker = pager.next_marker(entries[limit - 1].key);
  return response;
}

}  // namespace

std::unique_ptr<const Action> list_keys_action() {
  return make_action(Definition{.name = "ListKeys",
                                .permission = "kms:ListKeys",
                                .read_only = true,
                                .request = kListKeysRequest,
                                .response = kListKeysResponse,
                                .targets = list_keys_targets,
                                .handle = list_keys,
                                .reads_store = true});
}

}  // namespace claviger::api::kms
