#include "keys/layout.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace claviger::keys::layout {
namespace {

constexpr std::string_view kAliasesOf = "alias-of/";

std::string scoped(std::string_view prefix, const Scope& scope, std::string_view name) {
  return fmt::format("{}{}/{}/{}", prefix, scope.account.view(), scope.region.view(), name);
}

constexpr std::string_view kRetirable = "retirable/";

struct Scoped {
  Scope scope;
  std::string_view name;
};

// Splits `<account>/<region>/<name>`.
std::optional<Scoped> parse_scoped(std::string_view text) {
  const std::size_t first = text.find('/');
  if (first == std::string_view::npos) return std::nullopt;
  const std::size_t second = text.find('/', first + 1);
  if (second == std::string_view::npos) return std::nullopt;
  const auto account = AccountId::parse(text.substr(0, first));
  const auto region = Region::parse(text.substr(first + 1, second - first - 1));
  if (!account || !region) return std::nullopt;
  return Scoped{{*account, *region}, text.substr(second + 1)};
}

// `<account>/<region>/<key id>`.
std::optional<KeyPlace> parse_key_place(std::string_view text) {
  const auto parts = parse_scoped(text);
  if (!parts) return std::nullopt;
  const auto id = KeyId::parse(parts->name);
  if (!id) return std::nullopt;
  return KeyPlace{parts->scope, *id};
}

// A principal as it stands in a store key, and back.
std::string without_slashes(std::string_view identity) {
  std::string text(identity);
  std::replace(text.begin(), text.end(), '/', '|');
  return text;
}
std::string with_slashes(std::string_view text) {
  std::string identity(text);
  std::replace(identity.begin(), identity.end(), '|', '/');
  return identity;
}

// Cuts the last part off `text`, and the slash before it; nullopt when there is none.
std::optional<std::string_view> cut_last(std::string_view& text) {
  const std::size_t slash = text.rfind('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const std::string_view last = text.substr(slash + 1);
  text = text.substr(0, slash);
  return last;
}

}  // namespace

std::string key(const Scope& scope, const KeyId& id) { return scoped(kKeys, scope, id.view()); }
std::string keys_prefix(const Scope& scope) { return scoped(kKeys, scope, ""); }
std::string alias(const Scope& scope, const AliasName& name) { return scoped(kAliases, scope, name.view()); }
std::string aliases_prefix(const Scope& scope) { return scoped(kAliases, scope, ""); }
std::string aliases_of_prefix(const Scope& scope, const KeyId& id) {
  return scoped(kAliasesOf, scope, id.view()) + "/";
}
std::string alias_of(const Scope& scope, const KeyId& id, const AliasName& name) {
  return aliases_of_prefix(scope, id) + name.text();
}
std::string due(WallTime deletion_date, const Scope& scope, const KeyId& id) {
  return scoped(fmt::format("{}{:016x}/", kDue, static_cast<std::uint64_t>(to_millis(deletion_date))), scope,
                id.view());
}
std::string tombstone(const Scope& scope, const KeyId& id) { return scoped("tombstone/", scope, id.view()); }
std::string key_count(const Scope& scope) {
  return fmt::format("count/keys/{}/{}", scope.account.view(), scope.region.view());
}
std::string alias_count(const Scope& scope, const KeyId& id) { return scoped("count/aliases/", scope, id.view()); }

std::string grants_prefix(const Scope& scope, const KeyId& id) { return scoped(kGrants, scope, id.view()) + "/"; }
std::string grant(const Scope& scope, const KeyId& id, const GrantId& grant) {
  return grants_prefix(scope, id).append(grant.view());
}
std::string grants_for_prefix(const Scope& scope, const KeyId& id, std::string_view grantee) {
  return scoped(kGrantsFor, scope, id.view()) + "/" + without_slashes(grantee) + "/";
}
std::string grant_for(const Scope& scope, const KeyId& id, std::string_view grantee, const GrantId& grant) {
  return grants_for_prefix(scope, id, grantee).append(grant.view());
}
std::string retirable_prefix(const Region& region, std::string_view retiring) {
  return fmt::format("{}{}/{}/", kRetirable, region.view(), without_slashes(retiring));
}
std::string retirable(std::string_view retiring, const Scope& scope, const KeyId& id, const GrantId& grant) {
  return fmt::format("{}{}/{}/{}", retirable_prefix(scope.region, retiring), scope.account.view(), id.view(),
                     grant.view());
}
std::string grants_named_prefix(const Scope& scope, const KeyId& id) {
  return scoped("grant-named/", scope, id.view()) + "/";
}
std::string grant_named(const Scope& scope, const KeyId& id, std::uint64_t request_hash) {
  return fmt::format("{}{:016x}", grants_named_prefix(scope, id), request_hash);
}
std::string grant_count(const Scope& scope, const KeyId& id) { return scoped("count/grants/", scope, id.view()); }
std::string grants_owed(const Scope& scope, const KeyId& id) { return scoped(kGrantsOwed, scope, id.view()); }

std::optional<KeyPlace> parse_key(std::string_view store_key) {
  if (!store_key.starts_with(kKeys)) return std::nullopt;
  return parse_key_place(store_key.substr(kKeys.size()));
}

std::optional<KeyPlace> parse_grants_owed(std::string_view store_key) {
  if (!store_key.starts_with(kGrantsOwed)) return std::nullopt;
  return parse_key_place(store_key.substr(kGrantsOwed.size()));
}

std::optional<GrantPlace> parse_grant(std::string_view store_key) {
  if (!store_key.starts_with(kGrants)) return std::nullopt;
  store_key.remove_prefix(kGrants.size());
  const auto last = cut_last(store_key);
  const auto id = last ? GrantId::parse(*last) : std::nullopt;
  const auto place = parse_key_place(store_key);
  if (!id || !place) return std::nullopt;
  return GrantPlace{*place, *id};
}

std::optional<GranteePlace> parse_grant_for(std::string_view store_key) {
  if (!store_key.starts_with(kGrantsFor)) return std::nullopt;
  store_key.remove_prefix(kGrantsFor.size());
  const auto last = cut_last(store_key);
  const auto grantee = cut_last(store_key);
  const auto place = parse_key_place(store_key);
  if (!last || !GrantId::parse(*last) || !grantee || grantee->empty() || !place) return std::nullopt;
  return GranteePlace{*place, with_slashes(*grantee)};
}

std::optional<GrantPlace> parse_retirable(std::string_view store_key) {
  if (!store_key.starts_with(kRetirable)) return std::nullopt;
  store_key.remove_prefix(kRetirable.size());
  const auto last = cut_last(store_key);
  const auto key_id = cut_last(store_key);
  const auto account = cut_last(store_key);
  const auto grant = last ? GrantId::parse(*last) : std::nullopt;
  const auto id = key_id ? KeyId::parse(*key_id) : std::nullopt;
  const auto owner = account ? AccountId::parse(*account) : std::nullopt;
  const auto region = Region::parse(store_key.substr(0, store_key.find('/')));
  if (!grant || !id || !owner || !region) return std::nullopt;
  return GrantPlace{{{*owner, *region}, *id}, *grant};
}

std::optional<AliasPlace> parse_alias(std::string_view store_key) {
  if (!store_key.starts_with(kAliases)) return std::nullopt;
  const auto parts = parse_scoped(store_key.substr(kAliases.size()));
  if (!parts) return std::nullopt;
  auto name = AliasName::parse(parts->name);
  if (!name) return std::nullopt;
  return AliasPlace{parts->scope, *std::move(name)};
}

std::optional<DuePlace> parse_due(std::string_view store_key) {
  constexpr std::size_t kDigits = 16;
  if (!store_key.starts_with(kDue)) return std::nullopt;
  store_key.remove_prefix(kDue.size());
  if (store_key.size() <= kDigits || store_key[kDigits] != '/') return std::nullopt;
  std::uint64_t millis = 0;
  const std::string_view digits = store_key.substr(0, kDigits);
  const char* digits_end = digits.data() + digits.size();
  // NOLINTNEXTLINE(bugprone-suspicious-stringview-data-usage): from_chars() is told the end
  const auto [end, error] = std::from_chars(digits.data(), digits_end, millis, 16);
  if (error != std::errc() || end != digits_end) return std::nullopt;
  const auto parts = parse_scoped(store_key.substr(kDigits + 1));
  if (!parts) return std::nullopt;
  const auto id = KeyId::parse(parts->name);
  if (!id) return std::nullopt;
  return DuePlace{from_millis(static_cast<std::int64_t>(millis)), {parts->scope, *id}};
}

std::optional<AliasOfPlace> parse_alias_of(std::string_view store_key) {
  if (!store_key.starts_with(kAliasesOf)) return std::nullopt;
  const auto parts = parse_scoped(store_key.substr(kAliasesOf.size()));
  if (!parts) return std::nullopt;
  const std::size_t slash = parts->name.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto id = KeyId::parse(parts->name.substr(0, slash));
  auto alias = AliasName::parse(parts->name.substr(slash + 1));
  if (!id || !alias) return std::nullopt;
  return AliasOfPlace{{parts->scope, *id}, *std::move(alias)};
}

}  // namespace claviger::keys::layout
