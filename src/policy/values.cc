#include "policy/values.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <string>

#include "policy/context.h"

namespace claviger::policy {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool all_digits(std::string_view text) { return !text.empty() && std::all_of(text.begin(), text.end(), is_digit); }

// `text` is at most 18 digits.
std::int64_t to_integer(std::string_view text) {
  std::int64_t value = 0;
  for (const char c : text) value = value * 10 + (c - '0');
  return value;
}

// Digits behind a point, at most nine.
std::optional<std::int32_t> parse_nanos(std::string_view digits) {
  if (!all_digits(digits) || digits.size() > 9) return std::nullopt;
  std::int64_t value = to_integer(digits);
  for (std::size_t i = digits.size(); i < 9; ++i) value *= 10;
  return static_cast<std::int32_t>(value);
}

Number negated(Number number) {
  if (number.nanos == 0) return {-number.whole, 0};
  return {-number.whole - 1, 1'000'000'000 - number.nanos};
}

// Takes fields of a fixed width from the front of a text.
class Fields final {
 public:
  explicit Fields(std::string_view text) : rest_(text) {}
  bool done() const { return rest_.empty(); }
  bool failed() const { return failed_; }
  std::string_view rest() const { return rest_; }
  bool take(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  // Fails beyond `most`; whether a month has such a day is the calendar's to say.
  std::int64_t number(std::size_t width, std::int64_t most = 9'999) {
    const std::string_view digits = rest_.substr(0, width);
    if (digits.size() != width || !all_digits(digits)) return failed_ = true, 0;
    rest_.remove_prefix(width);
    const std::int64_t value = to_integer(digits);
    if (value > most) failed_ = true;
    return value;
  }
  // Digits up to another character.
  std::string_view digits() {
    const auto end = std::find_if_not(rest_.begin(), rest_.end(), is_digit);
    const std::string_view result = rest_.substr(0, static_cast<std::size_t>(end - rest_.begin()));
    rest_.remove_prefix(result.size());
    return result;
  }

 private:
  std::string_view rest_;
  bool failed_ = false;
};

// The seconds to take off local time: `Z`, `+01:00`.
std::optional<std::int64_t> parse_offset(Fields& fields) {
  if (fields.take('Z')) return 0;
  const bool minus = fields.take('-');
  if (!minus && !fields.take('+')) return std::nullopt;
  const std::int64_t hours = fields.number(2, 23);
  if (!fields.take(':')) return std::nullopt;
  const std::int64_t seconds = hours * 3600 + fields.number(2, 59) * 60;
  return minus ? -seconds : seconds;
}

std::optional<Number> parse_iso_date(std::string_view text) {
  Fields fields(text);
  const std::int64_t year = fields.number(4);
  std::int64_t month = 1, day = 1, seconds = 0;
  std::int32_t nanos = 0;
  if (!fields.failed() && !fields.done()) {
    if (!fields.take('-')) return std::nullopt;
    month = fields.number(2);
    if (!fields.done()) {
      if (!fields.take('-')) return std::nullopt;
      day = fields.number(2);
    }
  }
  if (!fields.failed() && !fields.done()) {
    if (text.size() < 10 || !fields.take('T')) return std::nullopt;
    seconds = fields.number(2, 23) * 3600;
    if (!fields.take(':')) return std::nullopt;
    seconds += fields.number(2, 59) * 60;
    if (fields.take(':')) {
      seconds += fields.number(2, 59);
      if (fields.take('.')) {
        const auto fraction = parse_nanos(fields.digits());
        if (!fraction) return std::nullopt;
        nanos = *fraction;
      }
    }
    const auto offset = parse_offset(fields);
    if (!offset) return std::nullopt;
    seconds -= *offset;
  }
  if (fields.failed() || !fields.done() || year == 0) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(year)),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok()) return std::nullopt;
  const std::int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  return Number{days * 86'400 + seconds, nanos};
}

// Of whole bytes and the rest of one.
bool same_bits(const std::array<std::uint8_t, 16>& a, const std::array<std::uint8_t, 16>& b, std::size_t bits) {
  if (!std::equal(a.begin(), a.begin() + static_cast<std::ptrdiff_t>(bits / 8), b.begin())) return false;
  if (bits % 8 == 0) return true;
  const unsigned shift = 8 - bits % 8;
  return a[bits / 8] >> shift == b[bits / 8] >> shift;
}

}  // namespace

std::optional<Number> parse_number(std::string_view text) {
  const bool minus = text.starts_with('-');
  if (minus || text.starts_with('+')) text.remove_prefix(1);
  const std::size_t point = text.find('.');
  const std::string_view whole = text.substr(0, point);
  if (!all_digits(whole) || whole.size() > 18) return std::nullopt;
  Number number{to_integer(whole), 0};
  if (point != std::string_view::npos) {
    const auto nanos = parse_nanos(text.substr(point + 1));
    if (!nanos) return std::nullopt;
    number.nanos = *nanos;
  }
  return minus ? negated(number) : number;
}

std::optional<Number> parse_date(std::string_view text) {
  // Four digits alone are a year.
  if (const auto iso = parse_iso_date(text)) return iso;
  return parse_number(text);
}

std::optional<bool> parse_bool(std::string_view text) {
  if (text.size() > 5) return std::nullopt;
  const std::string lower = to_lower_case(text);
  if (lower == "true") return true;
  if (lower == "false") return false;
  return std::nullopt;
}

bool Cidr::contains(const Cidr& inner) const {
  return v6 == inner.v6 && prefix_bits <= inner.prefix_bits && same_bits(address, inner.address, prefix_bits);
}

std::optional<Cidr> parse_cidr(std::string_view text) {
  const std::size_t slash = text.find('/');
  const std::string_view host = text.substr(0, slash);
  std::array<char, INET6_ADDRSTRLEN> terminated{};
  if (host.empty() || host.size() >= terminated.size() || host.find('\0') != std::string_view::npos)
    return std::nullopt;
  std::copy(host.begin(), host.end(), terminated.begin());
  Cidr result;
  if (inet_pton(AF_INET, terminated.data(), result.address.data()) != 1) {
    result.v6 = true;
    if (inet_pton(AF_INET6, terminated.data(), result.address.data()) != 1) return std::nullopt;
  }
  const std::int64_t most = result.v6 ? 128 : 32;
  std::int64_t bits = most;
  if (slash != std::string_view::npos) {
    const std::string_view digits = text.substr(slash + 1);
    if (!all_digits(digits) || digits.size() > 3) return std::nullopt;
    bits = to_integer(digits);
    if (bits > most) return std::nullopt;
  }
  constexpr std::array<std::uint8_t, 12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  if (result.v6 && bits >= 96 && std::equal(kMapped.begin(), kMapped.end(), result.address.begin())) {
    std::array<std::uint8_t, 16> v4{};
    std::copy(result.address.begin() + 12, result.address.end(), v4.begin());
    result = {false, v4, 0};
    bits -= 96;
  }
  result.prefix_bits = static_cast<std::uint8_t>(bits);
  return result;
}

}  // namespace claviger::policy
