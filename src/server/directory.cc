#include "server/directory.h"

namespace claviger::server {

Directory::Directory(http::Loop& loop, BlockingPool& pool, SnapshotLoader& loader, std::size_t capacity)
    : keys_(loop, pool, capacity,
            [&loader](const keys::layout::KeyPlace& place) { return loader.key(place.scope, place.id); }),
      aliases_(loop, pool, capacity,
               [&loader](const keys::layout::AliasPlace& place) { return loader.alias(place.scope, place.name); }),
      grantees_(loop, pool, capacity,
                [&loader](const keys::layout::GranteePlace& place) { return loader.grants_for(place); }),
      grants_(loop, pool, capacity, [&loader](const keys::layout::GrantPlace& place) { return loader.grant(place); }) {}

void Directory::apply(const std::vector<store::Change>& changes) {
  for (const store::Change& change : changes) {
    if (const auto key = keys::layout::parse_key(change.key)) {
      keys_.forget(*key);
    } else if (const auto alias = keys::layout::parse_alias(change.key)) {
      aliases_.forget(*alias);
    } else if (const auto entry = keys::layout::parse_alias_of(change.key)) {
      // The key's snapshot has the names of its aliases.
      keys_.forget(entry->key);
    } else if (const auto grantee = keys::layout::parse_grant_for(change.key)) {
      grantees_.forget(*grantee);
    } else if (const auto grant = keys::layout::parse_grant(change.key)) {
      grants_.forget(*grant);
    }
  }
}

}  // namespace claviger::server
