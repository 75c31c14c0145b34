#include "server/moved_clock.h"

#include <gtest/gtest.h>

#include "crypto/random.h"
#include "hsm/test_support.h"
#include "server/testing.h"
#include "store/testing_store.h"

namespace claviger::server {
namespace {

using std::chrono::days;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr WallTime kReal = std::chrono::sys_days(std::chrono::year(2026) / 2 / 1);

std::string problem(const Result<milliseconds>& result) { return result ? "" : result.error().message(); }

TEST(MovedClock, MovesForwardOnly) {
  struct Row {
    const char* name;
    ClockMove move;
    milliseconds offset;
    milliseconds expected;
    std::string error;
  };
  const Row rows[] = {
      {"by a time", days(3), {}, days(3), ""},
      {"by a time, again", days(3), days(4), days(7), ""},
      {"to a time", kReal + days(9), days(4), days(9), ""},
      {"by nothing", milliseconds(0), days(4), {}, "the clock moves forward only"},
      {"back", milliseconds(-1), days(4), {}, "the clock moves forward only"},
      {"to where it is",
       kReal + days(4),
       days(4),
       {},
       "the clock moves forward only, and it is 2026-02-05T00:00:00Z already"},
      {"to before, if after the real time",
       kReal + days(3),
       days(4),
       {},
       "the clock moves forward only, and it is 2026-02-05T00:00:00Z already"},
      {"to the last instant", kLatestTime - milliseconds(1), {}, kLatestTime - milliseconds(1) - kReal, ""},
      {"beyond it", kLatestTime, {}, {}, "the clock cannot be moved beyond 3000-01-01T00:00:00Z"},
      {"by more than there is",
       kLatestTime - kReal - days(1),
       days(1),
       {},
       "the clock cannot be moved beyond 3000-01-01T00:00:00Z"},
      {"by what no sum holds",
       milliseconds::max(),
       days(1),
       {},
       "the clock cannot be moved beyond 3000-01-01T00:00:00Z"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    const auto moved = moved_offset(row.move, kReal, row.offset);
    EXPECT_EQ(problem(moved), row.error);
    EXPECT_EQ(moved.value_or(milliseconds(0)), row.expected);
  }
}

TEST(MovedClock, ASeedThatIsAppliedAgainMovesNothing) {
  EXPECT_EQ(ensured_offset(days(3), kReal, {}), milliseconds(days(3)));
  EXPECT_EQ(ensured_offset(days(3), kReal, days(3)), milliseconds(days(3)));
  EXPECT_EQ(ensured_offset(days(3), kReal, days(5)), milliseconds(days(5)));
  EXPECT_EQ(ensured_offset(kReal + days(3), kReal, {}), milliseconds(days(3)));
  EXPECT_EQ(ensured_offset(kReal + days(3), kReal + days(1), days(3)), milliseconds(days(3)));
  EXPECT_EQ(ensured_offset(kReal - days(3), kReal, {}), milliseconds(0));
  EXPECT_EQ(problem(ensured_offset(kLatestTime, kReal, {})), "the clock cannot be moved beyond 3000-01-01T00:00:00Z");
}

TEST(MovedClock, ReadsTheExampleOfItsPage) {
  const Bytes example = hsm::example_of("clock-offset.md");
  const auto offset = decode_clock_offset(example);
  ASSERT_TRUE(offset.has_value());
  EXPECT_EQ(*offset, milliseconds(days(30)));
  EXPECT_EQ(encode_clock_offset(*offset), example);
}

TEST(MovedClock, RefusesADamagedRecord) {
  const Bytes good = encode_clock_offset(days(30));
  for (std::size_t size = 0; size < good.size(); ++size) {
    EXPECT_FALSE(decode_clock_offset(ByteSpan(good).first(size)).has_value()) << size;
  }
  Bytes bad = good;
  bad.push_back(0);
  EXPECT_FALSE(decode_clock_offset(bad).has_value()) << "a byte left over";
  bad = good;
  bad[0] = 2;
  EXPECT_FALSE(decode_clock_offset(bad).has_value()) << "another version";
  EXPECT_FALSE(decode_clock_offset(encode_clock_offset(milliseconds(-1))).has_value()) << "behind";
  EXPECT_FALSE(decode_clock_offset(encode_clock_offset(milliseconds(to_millis(kLatestTime)))).has_value());
}

// A store and a log that outlive servers.
class ClockMoverTest : public testing::Test {
 protected:
  struct Start {
    explicit Start(ClockMoverTest& test)
        : clock(test.real_), mover(test.store_, test.real_, clock, test.deployment_, test.random_) {}
    ShiftedClock clock;
    ClockMover mover;
  };
  Status move(Start& start, const ClockMove& move) {
    ChangeBroadcast broadcast;
    Recorder recorder(log_, store_, broadcast, [] {});
    return start.mover.move(recorder, move);
  }

  ManualClock real_{kReal};
  crypto::SystemRandom random_;
  FaultyStore store_;
  FaultyLog log_{real_};
  const Deployment deployment_{.account = *AccountId::parse("111122223333"), .regions = {}};
};

TEST_F(ClockMoverTest, TheNextServerGoesOnFromWhereTheClockWas) {
  Start first(*this);
  ASSERT_TRUE(first.mover.load().has_value());
  EXPECT_EQ(first.clock.now(), kReal);
  ASSERT_TRUE(refuse_moved_clock(store_).has_value());
  ASSERT_TRUE(move(first, days(30)).has_value());
  ASSERT_TRUE(move(first, seconds(1)).has_value());
  EXPECT_EQ(first.clock.now(), kReal + days(30) + seconds(1));
  Start second(*this);
  ASSERT_TRUE(second.mover.load().has_value());
  EXPECT_EQ(second.clock.now(), first.clock.now());
  EXPECT_FALSE(refuse_moved_clock(store_).has_value()) << "nobody goes back in time with it";
}

TEST_F(ClockMoverTest, AMoveIsRecordedAsItWas) {
  Start start(*this);
  ASSERT_TRUE(move(start, kReal + days(1)).has_value());
  const std::string event = log_.events().back().json;
  EXPECT_EQ(text_member(event, "eventName"), "MoveClock");
  EXPECT_EQ(text_member(event, "eventTime"), "2026-02-01T00:00:00Z");
  EXPECT_TRUE(event.contains(R"("from":"2026-02-01T00:00:00Z","to":"2026-02-02T00:00:00Z")")) << event;
  EXPECT_EQ(text_member(event, "errorCode"), "");
}

TEST_F(ClockMoverTest, AMoveThatIsNotKeptIsNotMade) {
  Start start(*this);
  store_.on_commit([](const store::Commit&) { return Error(ErrorCode::kConflict, {}); });
  EXPECT_FALSE(move(start, days(1)).has_value());
  EXPECT_EQ(start.clock.now(), kReal);
  EXPECT_EQ(text_member(log_.events().back().json, "errorCode"), "KMSInternalException");
}

TEST_F(ClockMoverTest, WhatASeedWantsIsMadeSoOnce) {
  Start start(*this);
  ASSERT_TRUE(start.mover.ensure(log_, days(2)).has_value());
  ASSERT_TRUE(start.mover.ensure(log_, days(2)).has_value());
  EXPECT_EQ(start.clock.now(), kReal + days(2));
  EXPECT_EQ(log_.events().size(), 1u);
  log_.set_last_anchor(store_.revision() + 1);
  EXPECT_FALSE(start.mover.ensure(log_, days(3)).has_value()) << "the store was rolled back";
}

}  // namespace
}  // namespace claviger::server
