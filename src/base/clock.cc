#include "base/clock.h"

namespace claviger {
namespace {

// Writes `value` with leading zeros into the `digits` characters at `out`.
void put_number(char* out, int digits, unsigned value) {
  for (int i = digits - 1; i >= 0; --i) {
    out[i] = static_cast<char>('0' + value % 10);
    value /= 10;
  }
}

// Fills in the letters Y, M, D, h, m and s of a pattern. By hand: it is on the way of every request, and a formatting
// library takes twenty times as long.
std::string fill_in(std::string pattern, WallTime time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  const auto days = std::chrono::floor<std::chrono::days>(seconds);
  const std::chrono::year_month_day date(days);
  const std::chrono::hh_mm_ss clock(seconds - days);
  const auto put = [&pattern](char letter, int digits, unsigned value) {
    put_number(pattern.data() + pattern.find(letter), digits, value);
  };
  put('Y', 4, static_cast<unsigned>(int(date.year())));
  put('M', 2, unsigned(date.month()));
  put('D', 2, unsigned(date.day()));
  put('h', 2, static_cast<unsigned>(clock.hours().count()));
  put('m', 2, static_cast<unsigned>(clock.minutes().count()));
  put('s', 2, static_cast<unsigned>(clock.seconds().count()));
  return pattern;
}

}  // namespace

WallTime SystemClock::now() const {
  return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

std::string format_iso8601(WallTime time) { return fill_in("YYYY-MM-DDThh:mm:ssZ", time); }

std::string format_basic_iso8601(WallTime time) { return fill_in("YYYYMMDDThhmmssZ", time); }

}  // namespace claviger
