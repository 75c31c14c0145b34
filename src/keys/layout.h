// Where records lie in the store: the one place that makes and reads store keys. The table is in
// docs/formats/store-layout.md.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/identifiers.h"

namespace claviger::keys::layout {

inline constexpr std::string_view kKeys = "key/";
inline constexpr std::string_view kAliases = "alias/";
inline constexpr std::string_view kDue = "due/";
// Present, and empty, from the commit that deletes a key until the store's files were scrubbed of it.
inline constexpr std::string_view kScrubOwed = "scrub-owed";

// key/<account>/<region>/<key id> -> KeyRecord
std::string key(const Scope& scope, const KeyId& id);
std::string keys_prefix(const Scope& scope);
// alias/<account>/<region>/<alias name> -> AliasRecord
std::string alias(const Scope& scope, const AliasName& name);
std::string aliases_prefix(const Scope& scope);
// alias-of/<account>/<region>/<key id>/<alias name> -> empty: the aliases of a key
std::string alias_of(const Scope& scope, const KeyId& id, const AliasName& name);
std::string aliases_of_prefix(const Scope& scope, const KeyId& id);
// due/<deletion date, 16 hexadecimal digits of milliseconds>/<account>/<region>/<key id> -> empty
std::string due(WallTime deletion_date, const Scope& scope, const KeyId& id);
// tombstone/<account>/<region>/<key id> -> TombstoneRecord
std::string tombstone(const Scope& scope, const KeyId& id);
// count/keys/<account>/<region>, count/aliases/<account>/<region>/<key id> -> counters for the quotas
std::string key_count(const Scope& scope);
std::string alias_count(const Scope& scope, const KeyId& id);

struct KeyPlace {
  Scope scope;
  KeyId id;
  friend bool operator==(const KeyPlace&, const KeyPlace&) = default;
};
struct AliasPlace {
  Scope scope;
  AliasName name;
  friend bool operator==(const AliasPlace&, const AliasPlace&) = default;
};
struct DuePlace {
  WallTime deletion_date;
  KeyPlace key;
};
// The inverse of key(), alias() and due(); nullopt for anything else.
std::optional<KeyPlace> parse_key(std::string_view store_key);
std::optional<AliasPlace> parse_alias(std::string_view store_key);
std::optional<DuePlace> parse_due(std::string_view store_key);

}  // namespace claviger::keys::layout
