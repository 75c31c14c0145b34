// Where records lie in the store: the one place that makes and reads store keys. The table is in
// docs/formats/store-layout.md.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/identifiers.h"
#include "keys/grant.h"

namespace claviger::keys::layout {

inline constexpr std::string_view kKeys = "key/";
inline constexpr std::string_view kAliases = "alias/";
inline constexpr std::string_view kDue = "due/";
inline constexpr std::string_view kGrants = "grant/";
inline constexpr std::string_view kGrantsFor = "grant-for/";
// Of keys that are deleted, until their grants are.
inline constexpr std::string_view kGrantsOwed = "grants-owed/";
// Present, and empty, from the commit that deletes a key or its imported material until the store's files were scrubbed
// of it.
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

// grant/<account>/<region>/<key id>/<grant id> -> GrantRecord
std::string grant(const Scope& scope, const KeyId& id, const GrantId& grant);
std::string grants_prefix(const Scope& scope, const KeyId& id);
// grant-for/<account>/<region>/<key id>/<grantee>/<grant id> -> the same GrantRecord: what a decision reads. A grantee
// or retiring principal is GrantPrincipal::identity() with `|` for `/`, which no ARN holds.
std::string grant_for(const Scope& scope, const KeyId& id, std::string_view grantee, const GrantId& grant);
std::string grants_for_prefix(const Scope& scope, const KeyId& id, std::string_view grantee);
// retirable/<region>/<retiring principal>/<account>/<key id>/<grant id> -> empty: the grants that a principal of any
// account may retire
std::string retirable(std::string_view retiring, const Scope& scope, const KeyId& id, const GrantId& grant);
std::string retirable_prefix(const Region& region, std::string_view retiring);
// grant-named/<account>/<region>/<key id>/<request hash, 16 hexadecimal digits> -> the ids of grants with a Name
std::string grant_named(const Scope& scope, const KeyId& id, std::uint64_t request_hash);
// count/grants/<account>/<region>/<key id> -> counter for the quota
std::string grant_count(const Scope& scope, const KeyId& id);
// grants-owed/<account>/<region>/<key id> -> empty
std::string grants_owed(const Scope& scope, const KeyId& id);
// What begins the store keys of all grants-named entries, and so on, of a key: for its deletion.
std::string grants_named_prefix(const Scope& scope, const KeyId& id);

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
struct GrantPlace {
  KeyPlace key;
  GrantId grant;
  friend bool operator==(const GrantPlace&, const GrantPlace&) = default;
};
// The grants of one grantee on one key.
struct GranteePlace {
  KeyPlace key;
  std::string grantee;  // GrantPrincipal::identity()
  friend bool operator==(const GranteePlace&, const GranteePlace&) = default;
};
struct AliasOfPlace {
  KeyPlace key;
  AliasName alias;
};
// The inverse of key(), alias(), due() and alias_of(); nullopt for anything else.
std::optional<KeyPlace> parse_key(std::string_view store_key);
std::optional<AliasPlace> parse_alias(std::string_view store_key);
std::optional<DuePlace> parse_due(std::string_view store_key);
std::optional<AliasOfPlace> parse_alias_of(std::string_view store_key);
// Of grant(), grant_for(), retirable() and grants_owed().
std::optional<GrantPlace> parse_grant(std::string_view store_key);
std::optional<GranteePlace> parse_grant_for(std::string_view store_key);
std::optional<GrantPlace> parse_retirable(std::string_view store_key);
std::optional<KeyPlace> parse_grants_owed(std::string_view store_key);

}  // namespace claviger::keys::layout
