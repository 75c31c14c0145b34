// The values that typed condition operators compare. Each parser accepts text of a policy and text of a request alike;
// both are hostile.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string_view>

namespace claviger::policy {

// A decimal number, or a time in seconds since 1970: exact to nine digits behind the point, negative numbers too
// (-0.5 is -1 and 500,000,000).
struct Number {
  std::int64_t whole = 0;
  std::int32_t nanos = 0;
  friend auto operator<=>(const Number&, const Number&) = default;
};

// `-12`, `3.25`; no exponent. At most 18 digits before and 9 behind the point.
std::optional<Number> parse_number(std::string_view text);
// ISO 8601 as W3C's note on dates profiles it (2026, 2026-11, 2026-11-22, 2026-11-22T02:00Z, with seconds, fractions
// and offsets), or seconds since 1970. Years 1 to 9999; no leap seconds.
std::optional<Number> parse_date(std::string_view text);
// `true` or `false` in any case.
std::optional<bool> parse_bool(std::string_view text);

// A block of IP addresses. An IPv4 address inside IPv6 (::ffff:192.0.2.1) is the IPv4 address.
struct Cidr {
  bool v6 = false;
  std::array<std::uint8_t, 16> address{};  // of IPv4 the first four
  std::uint8_t prefix_bits = 0;
  // `inner` has a prefix at least as long and lies inside.
  bool contains(const Cidr& inner) const;
};

// `203.0.113.0/24`, `2001:db8::/32`; an address alone is a block of one. Bits behind the prefix are ignored.
std::optional<Cidr> parse_cidr(std::string_view text);

}  // namespace claviger::policy
