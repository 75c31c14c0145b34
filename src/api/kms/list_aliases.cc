#include <algorithm>

#include "api/kms/actions.h"
#include "api/kms/common.h"
#include "api/page.h"
#include "keys/managed_keys.h"

namespace claviger::api::kms {
namespace {

struct ListAliasesRequest {
  std::optional<std::string> key_id;
  std::optional<std::int32_t> limit;
  std::optional<std::string> marker;
};
constexpr auto kListAliasesRequest = wire::members<ListAliasesRequest>(
    wire::optional<&ListAliasesRequest::key_id>("KeyId", kKeyIdLength),
    wire::optional<&ListAliasesRequest::limit>("Limit", wire::range(1, 100)),
    wire::optional<&ListAliasesRequest::marker>("Marker", kMarkerLength, wire::pattern(kMarkerPattern)));

struct AliasListEntry {
  std::string alias_name;
  std::string alias_arn;
  // Absent of a predefined alias that has no key yet.
  std::optional<std::string> target_key_id;
  std::optional<WallTime> creation_date;
  std::optional<WallTime> last_updated_date;
};
struct ListAliasesResponse {
  std::vector<AliasListEntry> aliases;
  std::optional<std::string> next_marker;
  bool truncated = false;
};

}  // namespace
}  // namespace claviger::api::kms

namespace claviger::wire {
template <>
struct Structure<api::kms::AliasListEntry> {
  using M = api::kms::AliasListEntry;
  static constexpr auto kMembers =
      members<M>(required<&M::alias_name>("AliasName"), required<&M::alias_arn>("AliasArn"),
                 optional<&M::target_key_id>("TargetKeyId"), optional<&M::creation_date>("CreationDate"),
                 optional<&M::last_updated_date>("LastUpdatedDate"));
};
}  // namespace claviger::wire

namespace claviger::api::kms {
namespace {

constexpr auto kListAliasesResponse =
    wire::members<ListAliasesResponse>(wire::required<&ListAliasesResponse::aliases>("Aliases"),
                                       wire::optional<&ListAliasesResponse::next_marker>("NextMarker"),
                                       wire::required<&ListAliasesResponse::truncated>("Truncated"));

// The key is only a filter: it must exist, and the permission is that of the account.
Result<Targets> list_aliases_targets(const ListAliasesRequest& request) {
  if (!request.key_id) return Targets{};
  Target target = managed_key(*request.key_id, "kms:ListAliases", keys::StateRule::kAny);
  target.decided = false;
  target.recorded = false;
  return Targets{target};
}

AliasListEntry alias_entry(const Scope& scope, const AliasName& name, const keys::AliasRecord& record) {
  return {name.text(), alias_arn(scope, name.view()), std::string(record.target.view()), record.created,
          record.updated};
}

// The store entries of up to `limit` aliases after the store key `after`. Predefined aliases are in every account, also
// while they have no key: then their entries have no value, as if they stood in the store.
Result<std::vector<store::Entry>> entries_of_account(const Context& context, std::string_view after,
                                                     std::size_t limit) {
  CLAVIGER_ASSIGN(std::vector<store::Entry> entries,
                  context.services.store->range(keys::layout::aliases_prefix(context.scope), after, limit));
  for (const keys::ManagedKeyService& service : keys::managed_key_services()) {
    std::string place = keys::layout::alias(context.scope, keys::predefined_alias(service));
    if (place <= after) continue;
    const auto at = std::ranges::lower_bound(entries, place, {}, &store::Entry::key);
    if (at == entries.end() || at->key != place) entries.insert(at, {std::move(place), {}, 0});
  }
  if (entries.size() > limit) entries.resize(limit);
  return entries;
}

// Likewise for the aliases of one key, by way of its index.
Result<std::vector<store::Entry>> entries_of_key(const Context& context, const KeyId& key, std::string_view after,
                                                 std::size_t limit) {
  const std::string prefix = keys::layout::aliases_of_prefix(context.scope, key);
  const std::string aliases = keys::layout::aliases_prefix(context.scope);
  std::string index_after =
      after.starts_with(aliases) ? prefix + std::string(after.substr(aliases.size())) : std::string();
  std::vector<store::Entry> entries;
  // An alias may go between the two reads; the page is then filled from behind it, so that its length still tells
  // whether there is more.
  while (entries.size() < limit) {
    const std::size_t wanted = limit - entries.size();
    CLAVIGER_ASSIGN(const auto index, context.services.store->range(prefix, index_after, wanted));
    for (const store::Entry& item : index) {
      index_after = item.key;
      std::string place = aliases + item.key.substr(prefix.size());
      CLAVIGER_ASSIGN(auto record, context.services.store->get(place));
      if (record) entries.push_back({std::move(place), std::move(record->value), record->revision});
    }
    if (index.size() < wanted) break;
  }
  return entries;
}

Result<Reply<ListAliasesResponse>> list_aliases(const Context& context, ListAliasesRequest& request) {
  const bool filtered = !context.keys.empty();
  const Pager pager(context, filtered ? "ListAliases/" + std::string(context.key().record().id.view()) : "ListAliases");
  CLAVIGER_ASSIGN(const std::string after, pager.position(request.marker));
  const auto limit = static_cast<std::size_t>(request.limit.value_or(50));
  // One more than asked for tells whether there is more.
  CLAVIGER_ASSIGN(const auto entries, filtered ? entries_of_key(context, context.key().record().id, after, limit + 1)
                                               : entries_of_account(context, after, limit + 1));
  ListAliasesResponse response;
  response.truncated = entries.size() > limit;
  for (std::size_t i = 0; i < entries.size() && i < limit; ++i) {
    const auto place = keys::layout::parse_alias(entries[i].key);
    if (!place) return fail(Error::corrupt("a store key is not an alias's place"));
    if (entries[i].revision == 0) {
      response.aliases.push_back(
          {.alias_name = place->name.text(), .alias_arn = alias_arn(place->scope, place->name.view())});
      continue;
    }
    CLAVIGER_ASSIGN(const keys::AliasRecord record, keys::decode_alias(entries[i].value));
    response.aliases.push_back(alias_entry(place->scope, place->name, record));
  }
  if (response.truncated) response.next_marker = pager.next_marker(entries[limit - 1].key);
  return response;
}

}  // namespace

std::unique_ptr<const Action> list_aliases_action() {
  return make_action(Definition{.name = "ListAliases",
                                .permission = "kms:ListAliases",
                                .read_only = true,
                                .request = kListAliasesRequest,
                                .response = kListAliasesResponse,
                                .targets = list_aliases_targets,
                                .handle = list_aliases,
                                .reads_store = true});
}

}  // namespace claviger::api::kms
