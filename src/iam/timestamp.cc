#include "iam/timestamp.h"

#include <algorithm>
#include <array>

namespace claviger::iam {
namespace {

// -1 unless `text` is all digits. At most four of them.
int number(std::string_view text) {
  int value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return -1;
    value = value * 10 + (c - '0');
  }
  return value;
}

// Each negative when it could not be read.
struct Fields {
  int year, month, day, hour, minute, second;
};

std::optional<WallTime> to_time(const Fields& f) {
  if (f.year < 1970 || f.month < 1 || f.day < 1 || f.hour < 0 || f.minute < 0 || f.second < 0) return std::nullopt;
  if (f.hour > 23 || f.minute > 59 || f.second > 59) return std::nullopt;
  const std::chrono::year_month_day date(std::chrono::year(f.year), std::chrono::month(static_cast<unsigned>(f.month)),
                                         std::chrono::day(static_cast<unsigned>(f.day)));
  if (!date.ok()) return std::nullopt;
  return WallTime(std::chrono::sys_days(date) + std::chrono::hours(f.hour) + std::chrono::minutes(f.minute) +
                  std::chrono::seconds(f.second));
}

// 1 to 12; 0 for none.
int month_number(std::string_view name) {
  constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto* const found = std::find(kMonths.begin(), kMonths.end(), name);
  return found == kMonths.end() ? 0 : static_cast<int>(found - kMonths.begin()) + 1;
}

}  // namespace

std::optional<WallTime> parse_basic_iso8601(std::string_view text) {
  if (text.size() != 16 || text[8] != 'T' || text[15] != 'Z') return std::nullopt;
  return to_time({number(text.substr(0, 4)), number(text.substr(4, 2)), number(text.substr(6, 2)),
                  number(text.substr(9, 2)), number(text.substr(11, 2)), number(text.substr(13, 2))});
}

std::optional<WallTime> parse_http_date(std::string_view text) {
  constexpr std::string_view kForm = "Sun, 06 Nov 1994 08:49:37 GMT";
  if (text.size() != kForm.size()) return std::nullopt;
  for (const std::size_t i : {3u, 4u, 7u, 11u, 16u, 19u, 22u, 25u, 26u, 27u, 28u}) {
    if (text[i] != kForm[i]) return std::nullopt;
  }
  return to_time({number(text.substr(12, 4)), month_number(text.substr(8, 3)), number(text.substr(5, 2)),
                  number(text.substr(17, 2)), number(text.substr(20, 2)), number(text.substr(23, 2))});
}

}  // namespace claviger::iam
