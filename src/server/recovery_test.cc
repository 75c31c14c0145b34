#include "server/recovery.h"

#include <gtest/gtest.h>

#include "server/recorder.h"
#include "server/testing.h"
#include "store/testing_store.h"

namespace claviger::server {
namespace {

class RecoveryTest : public testing::Test {
 protected:
  static audit::OpenIntent intent(audit::Sequence sequence, const std::string& request_id) {
    const std::string number = std::to_string(sequence);
    return {sequence, {}, request_id, intent_payload({"committed " + number, "abandoned " + number})};
  }
  // A commit that carries an intent's sequence.
  void commit_tagged(std::uint64_t tag) {
    store::Commit commit = store::put("k" + std::to_string(tag), "v");
    commit.tag = tag;
    ASSERT_TRUE(store::commit_now(store_, std::move(commit)).has_value());
  }
  // What the recovery wrote, as `<request id>: <event>`.
  std::vector<std::string> written() {
    std::vector<std::string> lines;
    for (const audit::Frame& frame : log_.events()) lines.push_back(frame.request_id + ": " + frame.json);
    return lines;
  }

  ManualClock clock_{from_millis(0)};
  FaultyStore store_;
  FaultyLog log_{clock_};
  Logger logger_;
};

TEST_F(RecoveryTest, OpenIntentsEndAsTheStoreSays) {
  commit_tagged(5);
  log_.set_open_intents({intent(4, "lost"), intent(5, "done")});
  ASSERT_EQ(complete_open_intents(log_, store_, logger_).value(), 2u);
  EXPECT_EQ(written(), (std::vector<std::string>{"done: committed 5", "lost: abandoned 4"}));
  EXPECT_EQ(log_.events()[0].anchor, store_.revision());
}

TEST_F(RecoveryTest, SeveralIntentsOfOneRequestEndInOneEvent) {
  commit_tagged(7);
  // A conflict, a commit, and an intent that came too late; and two conflicts.
  log_.set_open_intents({intent(2, "a"), intent(7, "a"), intent(9, "b"), intent(11, "b"), intent(12, "a")});
  ASSERT_EQ(complete_open_intents(log_, store_, logger_).value(), 2u);
  EXPECT_EQ(written(), (std::vector<std::string>{"a: committed 7", "b: abandoned 11"}));
}

TEST_F(RecoveryTest, NothingOpenIsNothingWritten) {
  ASSERT_EQ(complete_open_intents(log_, store_, logger_).value(), 0u);
  EXPECT_TRUE(written().empty());
}

TEST_F(RecoveryTest, DamagedIntentAndFailingLogAreErrors) {
  log_.set_open_intents({{3, {}, "a", "no lines"}});
  const auto damaged = complete_open_intents(log_, store_, logger_);
  ASSERT_FALSE(damaged.has_value());
  EXPECT_EQ(damaged.error().code(), ErrorCode::kCorrupt);

  log_.set_open_intents({intent(3, "a")});
  log_.on_append([](const audit::Frame&) { return Error::io("the disk is full"); });
  const auto failing = complete_open_intents(log_, store_, logger_);
  ASSERT_FALSE(failing.has_value());
  EXPECT_EQ(failing.error().code(), ErrorCode::kIo);
}

TEST_F(RecoveryTest, StoreOlderThanTheLogSaysIsRefused) {
  EXPECT_TRUE(check_anchor(log_, store_).has_value());
  commit_tagged(1);
  commit_tagged(2);
  log_.set_last_anchor(2);
  EXPECT_TRUE(check_anchor(log_, store_).has_value());
  log_.set_last_anchor(3);
  const Status rolled_back = check_anchor(log_, store_);
  ASSERT_FALSE(rolled_back.has_value());
  EXPECT_EQ(rolled_back.error().code(), ErrorCode::kCorrupt);
  log_.set_last_anchor(1);
  EXPECT_TRUE(check_anchor(log_, store_).has_value()) << "a store that is ahead has commits whose events are missing";
}

}  // namespace
}  // namespace claviger::server
