#include "keys/due_layout.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace claviger::keys::layout {

namespace {

std::string dated(std::string_view prefix, WallTime date, const Scope& scope, const KeyId& id) {
  return fmt::format("{}{:016x}/{}", prefix, static_cast<std::uint64_t>(to_millis(date)),
                     key(scope, id).substr(kKeys.size()));
}

}  // namespace

std::string rotation_due(WallTime next, const Scope& scope, const KeyId& id) {
  return dated(kRotationDue, next, scope, id);
}

std::string expiry_due(WallTime valid_to, const Scope& scope, const KeyId& id) {
  return dated(kExpiryDue, valid_to, scope, id);
}

std::optional<DatedPlace> parse_dated(std::string_view prefix, std::string_view store_key) {
  constexpr std::size_t kDigits = 16;
  if (!store_key.starts_with(prefix)) return std::nullopt;
  store_key.remove_prefix(prefix.size());
  if (store_key.size() <= kDigits || store_key[kDigits] != '/') return std::nullopt;
  const std::string_view digits = store_key.substr(0, kDigits);
  const auto is_digit = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  if (!std::ranges::all_of(digits, is_digit)) return std::nullopt;
  std::uint64_t millis = 0;
  // NOLINTNEXTLINE(bugprone-suspicious-stringview-data-usage): from_chars() is told the end
  std::from_chars(digits.data(), digits.data() + digits.size(), millis, 16);
  const auto place = parse_key(std::string(kKeys).append(store_key.substr(kDigits + 1)));
  if (!place) return std::nullopt;
  return DatedPlace{from_millis(static_cast<std::int64_t>(millis)), *place};
}

}  // namespace claviger::keys::layout
