// A SqliteStore whose disk fails or loses power, at every call in turn.
#include <gtest/gtest.h>

#include <map>
#include <random>

#include "store/commit_rules.h"
#include "store/sqlite_store.h"
#include "store/testing_sealer.h"
#include "store/testing_store.h"
#include "store/testing_vfs.h"

namespace claviger::store {
namespace {

// Below a sanitizer a run takes ten times as long, and what one call does otherwise than another of its kind, the
// release build sees at each of them: there it is a third of the calls, another third for the next fault.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::size_t kParts = 3;
#else
constexpr std::size_t kParts = 1;
#endif

// Whether call `nth` is tried with the `row`-th fault. Not in step with the calls of a transaction, as every third is.
bool is_tried(std::size_t nth, std::size_t row) { return (nth * 0x9e3779b1 >> 16) % kParts == row % kParts; }

// The commits a run makes, and how each was answered. Commit n (from 1) has tag n, counts, replaces
// one key, deletes one, and is large enough that a run checkpoints now and then on closing.
class History {
 public:
  static constexpr std::uint64_t kCommits = 12;

  static Commit make(std::uint64_t n) {
    Commit commit = add("count", 1, 1000);
    commit.mutations.push_back(Put{"newest", to_bytes(as_bytes(std::to_string(n)))});
    commit.mutations.push_back(Put{key(n), Bytes(3000 + 500 * n, static_cast<std::uint8_t>(n))});
    if (n > 3) commit.mutations.push_back(Delete{key(n - 3)});
    commit.tag = n;
    return commit;
  }
  static std::string key(std::uint64_t n) { return "key/" + std::to_string(n); }

  // Commits until all are done or one is refused. Two at a time, so that batches form.
  void run(Store& store) {
    for (std::uint64_t n = acknowledged_ + 1; n + 1 <= kCommits; n += 2) {
      std::future<Result<Revision>> first = commit_later(store, make(n));
      std::future<Result<Revision>> second = commit_later(store, make(n + 1));
      const bool first_done = note(store, n, first.get());
      const bool second_done = note(store, n + 1, second.get());
      if (!first_done || !second_done) break;
    }
  }

  // What the store holds is the state after some commit n, n acknowledged ones at least, and no
  // others than were tried.
  void check(Store& store) {
    std::uint64_t n = 0;
    while (store.find_commit(n + 1).value()) ++n;
    EXPECT_GE(n, acknowledged_) << "an acknowledged commit is lost";
    EXPECT_LE(n, tried_);
    EXPECT_EQ(store.revision(), n);
    const std::optional<Record> count = store.get("count").value();
    const std::optional<Record> newest = store.get("newest").value();
    ASSERT_EQ(count.has_value(), n > 0);
    ASSERT_EQ(newest.has_value(), n > 0);
    if (n > 0) {
      EXPECT_EQ(decode_counter(count->value), static_cast<std::int64_t>(n));
      EXPECT_EQ(as_text(newest->value), std::to_string(n));
    }
    for (std::uint64_t i = 1; i <= kCommits; ++i) {
      const Result<std::optional<Record>> record = store.get(key(i));
      ASSERT_TRUE(record.has_value());
      EXPECT_EQ(record->has_value(), i <= n && i + 3 > n) << i;
    }
    EXPECT_EQ(store.count("key/").value(), std::min<std::uint64_t>(n, 3));
    acknowledged_ = n;
  }

  std::uint64_t acknowledged() const { return acknowledged_; }

 private:
  bool note(Store& store, std::uint64_t n, const Result<Revision>& result) {
    if (result) {
      EXPECT_EQ(*result, n);
      acknowledged_ = n;
      tried_ = n;
      return true;
    }
    const ErrorCode code = result.error().code();
    // kIo: refused untried, after the failure.
    EXPECT_TRUE(code == ErrorCode::kUnknownOutcome || code == ErrorCode::kIo);
    if (code == ErrorCode::kUnknownOutcome) tried_ = n;
    EXPECT_NE(store.failure(), "");
    return false;
  }

  std::uint64_t acknowledged_ = 0;
  std::uint64_t tried_ = 0;
};

class SqliteFaults : public testing::Test {
 protected:
  Result<std::unique_ptr<SqliteStore>> open(FaultVfs& vfs) {
    return SqliteStore::open({.path = "store.db", .create = true, .vfs = vfs.name()}, sealer_, random_);
  }
  ClearSealer sealer_;
  CountingRandom random_;
};

struct FaultRow {
  const char* name;
  Fault fault;
  bool once;
  std::size_t row;
};

class SqliteFaultsAtEveryCall : public SqliteFaults, public testing::WithParamInterface<FaultRow> {};

// Opens, runs and closes with call n failing, for every n there is; then opens on a healed disk,
// after a crash of the process, a loss of power, or neither.
TEST_P(SqliteFaultsAtEveryCall, LosesNothingAcknowledgedAndOpensAgain) {
  std::size_t faults = 0;
  std::mt19937 random(1);
  for (std::size_t nth = 1;; ++nth) {
    if (!is_tried(nth, GetParam().row)) continue;
    SCOPED_TRACE(nth);
    FaultVfs vfs;
    History history;
    vfs.fail_from(nth, GetParam().fault, GetParam().once);
    bool opened = false;
    bool refused = false;
    if (Result<std::unique_ptr<SqliteStore>> store = open(vfs)) {
      opened = true;
      history.run(**store);
      refused = !(*store)->failure().empty();
      if (refused) {
        // Refused for good, although the disk would work again where the fault was a single one.
        EXPECT_EQ((*store)->get("count").error().code(), ErrorCode::kIo);
        EXPECT_EQ(commit_now(**store, put("more", "")).error().code(), ErrorCode::kIo);
        EXPECT_EQ((*store)->scrub().error().code(), ErrorCode::kIo);
      }
    }
    const bool reached = vfs.calls() >= nth;
    faults += reached ? 1 : 0;
    vfs.heal();
    if (GetParam().fault != Fault::kLostSync && nth % 2 == 0) vfs.lose_power(random, 0.5);
    {
      Result<std::unique_ptr<SqliteStore>> store = open(vfs);
      ASSERT_TRUE(store.has_value()) << store.error().detail();
      history.check(**store);
      history.run(**store);
      EXPECT_EQ((*store)->failure(), "");
    }
    Result<std::unique_ptr<SqliteStore>> store = open(vfs);
    ASSERT_TRUE(store.has_value());
    history.check(**store);
    EXPECT_GE(history.acknowledged(), History::kCommits - 1);
    if (!reached) {
      EXPECT_TRUE(opened);
      EXPECT_FALSE(refused);
      break;
    }
  }
  EXPECT_GT(faults, 40u / kParts);
}

const FaultRow kFaults[] = {
    {"IoErrorFromThere", Fault::kIoError, false, 0},
    {"IoErrorOnce", Fault::kIoError, true, 1},
    {"FullFromThere", Fault::kFull, false, 2},
    {"FullOnce", Fault::kFull, true, 3},
    {"ShortWriteFromThere", Fault::kShortWrite, false, 4},
    {"ShortWriteOnce", Fault::kShortWrite, true, 5},
};
INSTANTIATE_TEST_SUITE_P(Every, SqliteFaultsAtEveryCall, testing::ValuesIn(kFaults),
                         [](const auto& row) { return std::string(row.param.name); });

// What has not been synced when the power goes may be there, in part and in any order, or not.
TEST_F(SqliteFaults, PowerLossAtAnyCallLosesNothingAcknowledged) {
  std::mt19937 random(7);
  std::size_t row = 0;
  for (const double survives : {0.0, 0.3, 0.9}) {
    ++row;
    for (std::size_t nth = 1;; ++nth) {
      if (!is_tried(nth, row)) continue;
      SCOPED_TRACE(nth);
      FaultVfs vfs;
      History history;
      // From this call on nothing reaches the disk: that is the moment the power goes.
      vfs.fail_from(nth, Fault::kIoError);
      if (Result<std::unique_ptr<SqliteStore>> store = open(vfs)) history.run(**store);
      const bool reached = vfs.calls() >= nth;
      vfs.heal();
      vfs.lose_power(random, survives);
      Result<std::unique_ptr<SqliteStore>> store = open(vfs);
      ASSERT_TRUE(store.has_value()) << store.error().detail();
      history.check(**store);
      // And again, at once: what open() showed has to be on the disk by then.
      store->reset();
      vfs.lose_power(random, survives);
      store = open(vfs);
      ASSERT_TRUE(store.has_value()) << store.error().detail();
      history.check(**store);
      if (!reached) break;
    }
  }
}

// The process dies between a write and its sync; the next one finds the commit in the log and says
// that it happened; then the power goes.
TEST_F(SqliteFaults, WhatAnOpenedStoreShowsSurvivesPowerLoss) {
  std::mt19937 random(3);
  int shown = 0;
  for (std::size_t nth = 1; nth < 80; ++nth) {
    SCOPED_TRACE(nth);
    FaultVfs vfs;
    History history;
    vfs.fail_from(nth, Fault::kIoError);
    if (Result<std::unique_ptr<SqliteStore>> store = open(vfs)) history.run(**store);
    vfs.heal();
    const std::uint64_t acknowledged = history.acknowledged();
    Result<std::unique_ptr<SqliteStore>> store = open(vfs);
    ASSERT_TRUE(store.has_value());
    history.check(**store);
    shown += history.acknowledged() > acknowledged ? 1 : 0;
    vfs.lose_power(random, 0.0);  // before the store is closed
    vfs.fail_from(1, Fault::kIoError);
    store->reset();
    vfs.heal();
    store = open(vfs);
    ASSERT_TRUE(store.has_value());
    history.check(**store);
  }
  EXPECT_GT(shown, 0) << "no run left a commit that was written and not synced";
}

// Linux forgets what it could not sync and reports it once: whoever syncs again is told that all is
// well. So a second sync must never stand for the first.
TEST_F(SqliteFaults, SyncThatFailedOnceIsNotTriedAgain) {
  std::mt19937 random(5);
  int latched = 0;
  for (std::size_t nth = 1; nth < 120; ++nth) {
    if (!is_tried(nth, 0)) continue;
    SCOPED_TRACE(nth);
    FaultVfs vfs;
    History history;
    Result<std::unique_ptr<SqliteStore>> store = open(vfs);
    ASSERT_TRUE(store.has_value());
    vfs.fail_from(nth, Fault::kLostSync, true);
    history.run(**store);
    latched += (*store)->failure().empty() ? 0 : 1;
    static_cast<void>((*store)->scrub());
    const bool refused = !(*store)->failure().empty();
    const std::size_t calls = vfs.calls();
    store->reset();
    if (refused) {
      EXPECT_EQ(vfs.calls(), calls) << "closing touched the files after a failure";
    }
    vfs.heal();
    vfs.lose_power(random, 0.0);
    store = open(vfs);
    ASSERT_TRUE(store.has_value()) << store.error().detail();
    history.check(**store);
  }
  EXPECT_GT(latched, 0);
}

}  // namespace
}  // namespace claviger::store
