#include "cli/control_entries.h"

#include <gtest/gtest.h>

#include <string>

namespace claviger::cli {
namespace {

Result<server::ClockMove> clock_of(std::string_view text) {
  const auto node = yaml::parse("f", text);
  if (!node) return std::unexpected(node.error());
  return read_clock_move("f", *node);
}

TEST(ControlEntries, AClockMovesByATimeOrToOne) {
  EXPECT_EQ(clock_of("MoveTo: 2030-01-31T12:00:01Z").value(),
            server::ClockMove(WallTime(std::chrono::sys_days(std::chrono::year(2030) / 1 / 31) +
                                       std::chrono::hours(12) + std::chrono::seconds(1))));
  EXPECT_EQ(clock_of(R"({"AdvanceSeconds": 86400})").value(), server::ClockMove(std::chrono::hours(24)));
}

TEST(ControlEntries, RefusesEveryOtherClock) {
  struct Row {
    const char* name;
    const char* text;
    const char* error;
  };
  const std::string seconds = "f:1:17: AdvanceSeconds must be a whole number from 1 to 100000000000";
  const Row rows[] = {
      {"no map", "[]", "f:1:1: a clock must be a map of fields"},
      {"neither", "{}", "f:1:1: a clock has one of MoveTo and AdvanceSeconds"},
      {"both", "{MoveTo: 2030-01-31T12:00:00Z, AdvanceSeconds: 1}",
       "f:1:1: a clock has one of MoveTo and AdvanceSeconds"},
      {"another field", "{advanceSeconds: 1}",
       "f:1:2: a clock has no field advanceSeconds; it has MoveTo, AdvanceSeconds"},
      {"nothing", "AdvanceSeconds: 0", seconds.c_str()},
      {"back", "AdvanceSeconds: -1", seconds.c_str()},
      {"a fraction", "AdvanceSeconds: 1.5", seconds.c_str()},
      {"a list", "AdvanceSeconds: [1]", seconds.c_str()},
      {"too far", "AdvanceSeconds: 100000000001", seconds.c_str()},
      {"more than a number holds", "AdvanceSeconds: 99999999999999999999", seconds.c_str()},
      {"a date", "MoveTo: 2030-01-31", "f:1:9: MoveTo must be a time in UTC, such as 2030-01-31T12:00:00Z"},
      {"no such day", "MoveTo: 2030-02-30T12:00:00Z",
       "f:1:9: MoveTo must be a time in UTC, such as 2030-01-31T12:00:00Z"},
      {"another zone", "MoveTo: 2030-01-31T12:00:00+",
       "f:1:9: MoveTo must be a time in UTC, such as 2030-01-31T12:00:00Z"},
      {"other signs", "MoveTo: 2030/01/31T12:00:00Z",
       "f:1:9: MoveTo must be a time in UTC, such as 2030-01-31T12:00:00Z"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    const auto move = clock_of(row.text);
    ASSERT_FALSE(move.has_value());
    EXPECT_EQ(move.error().detail(), row.error);
  }
}

}  // namespace
}  // namespace claviger::cli
