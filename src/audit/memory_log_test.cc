#include "audit/memory_log.h"

#include <gtest/gtest.h>

#include "audit/testing.h"

namespace claviger::audit {
namespace {

TEST(MemoryLog, CountsEveryFrameAndKeepsTheNewestEvents) {
  ManualClock clock(from_millis(5));
  MemoryLog log(clock, 2);
  EXPECT_EQ(append_and_wait(log, intent_frame("i", "{}", 9)), 1u);
  for (Sequence expected = 2; expected <= 4; ++expected) {
    EXPECT_EQ(append_and_wait(log, event_frame(std::to_string(expected))), expected);
  }
  const auto events = log.recent();
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0].request_id, "3");
  EXPECT_EQ(events[1].request_id, "4");
  EXPECT_EQ(events[1].sequence, 4u);
  EXPECT_EQ(log.last_anchor(), 9u);
}

TEST(MemoryLog, AnswersEverythingBeforeItIsGone) {
  ManualClock clock(from_millis(5));
  int answers = 0;
  {
    MemoryLog log(clock, 10);
    for (int i = 0; i < 100; ++i) log.append(event_frame("a"), [&](Result<Sequence>) { ++answers; });
  }
  EXPECT_EQ(answers, 100);
}

TEST(MemoryLog, AFrameOutOfBoundsIsRefused) {
  ManualClock clock(from_millis(5));
  MemoryLog log(clock, 10);
  EXPECT_EQ(append_and_wait(log, event_frame(std::string(65, 'x'))).error().code(), ErrorCode::kInternal);
  EXPECT_EQ(append_and_wait(log, event_frame("a")), 1u);
}

}  // namespace
}  // namespace claviger::audit
