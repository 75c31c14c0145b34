#include "cli/control_entries.h"

#include <fmt/format.h>

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>

#include "cli/seed_fields.h"
#include "iam/timestamp.h"

namespace claviger::cli {
namespace {

// More than there are to kLatestTime, and no danger to arithmetic in milliseconds.
constexpr std::int64_t kMaxSeconds = 100'000'000'000;

// A whole number of decimal digits.
std::optional<std::int64_t> parse_number(std::string_view text) {
  std::int64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop != end || value < 0) return std::nullopt;
  return value;
}

// `2026-01-31T23:59:59Z`
std::optional<WallTime> parse_time(std::string_view text) {
  constexpr std::string_view kForm = "2026-01-31T23:59:59Z";
  if (text.size() != kForm.size()) return std::nullopt;
  std::string basic;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (kForm[i] != '-' && kForm[i] != ':') {
      basic += text[i];
    } else if (text[i] != kForm[i]) {
      return std::nullopt;
    }
  }
  return iam::parse_basic_iso8601(basic);
}

}  // namespace

Result<server::ClockMove> read_clock_move(std::string_view file, const yaml::Node& node) {
  CLAVIGER_ASSIGN(const SeedFields fields, SeedFields::of(file, node, "a clock", {"MoveTo", "AdvanceSeconds"}));
  const yaml::Node* to = fields.find("MoveTo");
  const yaml::Node* by = fields.find("AdvanceSeconds");
  if ((to == nullptr) == (by == nullptr)) return fields.fail_here("a clock has one of MoveTo and AdvanceSeconds");
  if (to != nullptr) {
    const auto time = parse_time(to->text);
    if (time) return *time;
    return yaml::fail_at(file, to->place, "MoveTo must be a time in UTC, such as 2030-01-31T12:00:00Z");
  }
  const auto seconds = parse_number(by->text);
  if (seconds && *seconds > 0 && *seconds <= kMaxSeconds) return std::chrono::seconds(*seconds);
  return yaml::fail_at(file, by->place, fmt::format("AdvanceSeconds must be a whole number from 1 to {}", kMaxSeconds));
}

}  // namespace claviger::cli
