#include "keys/layout.h"

#include <fmt/format.h>

#include <charconv>

namespace claviger::keys::layout {
namespace {

std::string scoped(std::string_view prefix, const Scope& scope, std::string_view name) {
  return fmt::format("{}{}/{}/{}", prefix, scope.account.view(), scope.region.view(), name);
}

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

}  // namespace

std::string key(const Scope& scope, const KeyId& id) { return scoped(kKeys, scope, id.view()); }
std::string keys_prefix(const Scope& scope) { return scoped(kKeys, scope, ""); }
std::string alias(const Scope& scope, const AliasName& name) { return scoped(kAliases, scope, name.view()); }
std::string aliases_prefix(const Scope& scope) { return scoped(kAliases, scope, ""); }
std::string aliases_of_prefix(const Scope& scope, const KeyId& id) {
  return scoped("alias-of/", scope, id.view()) + "/";
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

std::optional<KeyPlace> parse_key(std::string_view store_key) {
  if (!store_key.starts_with(kKeys)) return std::nullopt;
  const auto parts = parse_scoped(store_key.substr(kKeys.size()));
  if (!parts) return std::nullopt;
  const auto id = KeyId::parse(parts->name);
  if (!id) return std::nullopt;
  return KeyPlace{parts->scope, *id};
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

}  // namespace claviger::keys::layout
