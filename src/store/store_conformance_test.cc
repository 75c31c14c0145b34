// What every Store does, run over every Store there is.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <limits>
#include <mutex>
#include <thread>

#include "store/commit_rules.h"
#include "store/testing_conformance.h"

namespace claviger::store {
namespace {

TEST_P(StoreConformance, NewStoreIsEmptyAtRevisionZero) {
  EXPECT_EQ(store().revision(), 0u);
  EXPECT_EQ(value("a"), "-");
  EXPECT_EQ(store().count("").value(), 0u);
  EXPECT_EQ(keys("", "", 10), Strings{});
  Revision up_to = 7;
  EXPECT_EQ(changes(0, 10, &up_to), Strings{});
  EXPECT_EQ(up_to, 0u);
  EXPECT_EQ(store().failure(), "");
}

TEST_P(StoreConformance, PutIsReadBackWithTheRevisionOfItsCommit) {
  const Revision first = must(put("a", "one"));
  const Revision second = must(put("b", ""));
  EXPECT_GT(first, 0u);
  EXPECT_GT(second, first);
  EXPECT_EQ(store().revision(), second);
  EXPECT_EQ(value("a"), "one");
  EXPECT_EQ(value("b"), "");
  EXPECT_EQ((*store().get("a"))->revision, first);
  const Revision third = must(put("a", "two"));
  EXPECT_EQ(value("a"), "two");
  EXPECT_EQ((*store().get("a"))->revision, third);
}

TEST_P(StoreConformance, DeleteRemovesAndDeletingNothingIsNoChange) {
  must(put("a", "one"));
  const Revision deleted = must(del("a"));
  EXPECT_EQ(value("a"), "-");
  EXPECT_EQ(store().count("").value(), 0u);
  const Revision again = must(del("a"));
  EXPECT_GT(again, deleted);
  EXPECT_EQ(changes(0, 10), Strings{"-a@" + std::to_string(deleted)});
}

TEST_P(StoreConformance, KeysAndValuesMayHoldAnyByteUpToTheLimits) {
  std::string key(kMaxKeyBytes, '\0');
  for (std::size_t i = 0; i < key.size(); ++i) key[i] = static_cast<char>(i);
  std::string content(kMaxValueBytes, 'x');
  for (std::size_t i = 0; i < content.size(); ++i) content[i] = static_cast<char>(i * 7);
  must(put(key, content));
  EXPECT_EQ(value(key), content);
  EXPECT_EQ(keys(std::string_view(key).substr(0, 3), "", 10), Strings{key});
}

TEST_P(StoreConformance, RangePagesInByteOrderWithinThePrefix) {
  const Strings all = {std::string("k\0", 2), "k/a", "k/a/1", "k/b", "k\x7f", "k\xff", "k\xff\xff", "l"};
  Commit commit;
  for (const std::string& key : all) commit.mutations.push_back(Put{key, {}});
  std::reverse(commit.mutations.begin(), commit.mutations.end());
  must(std::move(commit));

  EXPECT_EQ(keys("", "", 100), all);
  EXPECT_EQ(keys("k", "", 100), Strings(all.begin(), all.end() - 1));
  EXPECT_EQ(keys("k/", "", 100), (Strings{"k/a", "k/a/1", "k/b"}));
  EXPECT_EQ(keys("k/", "", 2), (Strings{"k/a", "k/a/1"}));
  EXPECT_EQ(keys("k/", "k/a/1", 2), Strings{"k/b"});
  EXPECT_EQ(keys("k/", "k/a", 1), Strings{"k/a/1"});
  EXPECT_EQ(keys("k/", "k/b", 2), Strings{});
  EXPECT_EQ(keys("k/", "a", 1), Strings{"k/a"}) << "`after` below the prefix is as none";
  EXPECT_EQ(keys("k/", "z", 9), Strings{}) << "`after` above the prefix leaves nothing";
  EXPECT_EQ(keys("k\xff", "", 9), (Strings{"k\xff", "k\xff\xff"})) << "a prefix of 0xff has no plain successor";
  EXPECT_EQ(keys("\xff", "", 9), Strings{});
  EXPECT_EQ(keys("", "", 0), Strings{});
  EXPECT_EQ(store().count("").value(), all.size());
  EXPECT_EQ(store().count("k/").value(), 3u);
  EXPECT_EQ(store().count("k\xff").value(), 2u);
  EXPECT_EQ(store().count("zz").value(), 0u);
}

TEST_P(StoreConformance, CommitIsWhollyWrittenOrNotAtAll) {
  const Revision a = must(put("a", "1"));
  struct Row {
    const char* name;
    std::vector<Precondition> preconditions;
    bool holds;
  };
  const Row rows[] = {
      {"absent key required and absent", {{"x", 0}}, true}, {"absent key required but there", {{"a", 0}}, false},
      {"revision as required", {{"a", a}}, true},           {"older revision required", {{"a", a - 1}}, false},
      {"newer revision required", {{"a", a + 1}}, false},   {"revision required but key absent", {{"x", a}}, false},
      {"second of two fails", {{"a", a}, {"a", 0}}, false},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    const Revision before = store().revision();
    Commit commit = put("n", row.name);
    commit.mutations.push_back(Add{"c", 1, 100});
    commit.preconditions = row.preconditions;
    if (row.holds) {
      const Revision revision = must(std::move(commit));
      EXPECT_EQ(revision, store().revision());
      EXPECT_EQ(value("n"), row.name);
      must(del("n"));
      must(del("c"));
    } else {
      EXPECT_EQ(refused(std::move(commit)), ErrorCode::kConflict);
      EXPECT_EQ(store().revision(), before);
      EXPECT_EQ(value("n"), "-");
      EXPECT_EQ(value("c"), "-");
    }
  }
}

TEST_P(StoreConformance, DeletedKeyCountsAsAbsentForAPrecondition) {
  must(put("a", "1"));
  const Revision deleted = must(del("a"));
  Commit stale = put("a", "2");
  stale.preconditions = {{"a", deleted}};
  EXPECT_EQ(refused(std::move(stale)), ErrorCode::kConflict);
  Commit fresh = put("a", "2");
  fresh.preconditions = {{"a", 0}};
  must(std::move(fresh));
}

TEST_P(StoreConformance, AddKeepsItsBounds) {
  constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
  constexpr std::int64_t kMin = std::numeric_limits<std::int64_t>::min();
  struct Row {
    const char* name;
    std::optional<std::int64_t> stored;
    std::int64_t delta, maximum;
    std::optional<std::int64_t> expected;
  };
  const Row rows[] = {
      {"absent counts as zero", {}, 3, 10, 3},
      {"zero added to absent", {}, 0, 0, 0},
      {"up to the maximum", 7, 3, 10, 10},
      {"above the maximum", 7, 4, 10, {}},
      {"down to zero", 7, -7, 10, 0},
      {"below zero", 7, -8, 10, {}},
      {"below zero from absent", {}, -1, 10, {}},
      {"sum overflows", kMax, 1, kMax, {}},
      {"sum underflows", kMin, -1, kMax, {}},
      {"largest sum", kMax - 1, 1, kMax, kMax},
      {"stored negative, sum negative", -5, 4, 10, {}},
      {"stored above a lowered maximum", 20, -5, 10, {}},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    must(del("c"));
    if (row.stored) must(put("c", as_text(encode_counter(*row.stored))));
    Commit commit = add("c", row.delta, row.maximum);
    commit.mutations.push_back(Put{"beside", {}});
    const Revision before = store().revision();
    if (row.expected) {
      must(std::move(commit));
      EXPECT_EQ(counter("c"), *row.expected);
    } else {
      EXPECT_EQ(refused(std::move(commit)), ErrorCode::kLimitExceeded);
      EXPECT_EQ(store().revision(), before);
      EXPECT_EQ(value("beside"), "-");
      EXPECT_EQ(row.stored ? counter("c") : 0, row.stored.value_or(0));
    }
    must(del("beside"));
  }
}

TEST_P(StoreConformance, AddToAnythingButEightBytesIsCorrupt) {
  for (const std::string_view stored : {"", "1234567", "123456789"}) {
    must(put("c", stored));
    EXPECT_EQ(refused(add("c", 1, 10)), ErrorCode::kCorrupt);
    EXPECT_EQ(value("c"), stored);
  }
  EXPECT_EQ(store().failure(), "");
}

TEST_P(StoreConformance, FindCommitKnowsTheTagsOfWhatHappenedOnly) {
  Commit tagged = put("a", "1");
  tagged.tag = 42;
  const Revision revision = must(std::move(tagged));
  Commit refused_commit = put("b", "1");
  refused_commit.tag = 43;
  refused_commit.preconditions = {{"a", 0}};
  EXPECT_EQ(refused(std::move(refused_commit)), ErrorCode::kConflict);
  Commit empty;
  empty.tag = std::numeric_limits<std::uint64_t>::max();
  const Revision second = must(std::move(empty));
  must(put("untagged", ""));

  EXPECT_EQ(store().find_commit(42).value(), revision);
  EXPECT_EQ(store().find_commit(43).value(), std::nullopt);
  EXPECT_EQ(store().find_commit(std::numeric_limits<std::uint64_t>::max()).value(), second);
  EXPECT_EQ(store().find_commit(0).value(), std::nullopt);
}

TEST_P(StoreConformance, TagsAreKeptForTheirHundredThousandCommits) {
  const std::uint64_t total = Store::kTagsKept + 500;
  std::atomic<std::uint64_t> done = 0;
  std::promise<void> all;
  for (std::uint64_t tag = 1; tag <= total; ++tag) {
    Commit commit;
    commit.tag = tag;
    store().commit(std::move(commit), [&](Result<Revision> result) {
      EXPECT_TRUE(result.has_value());
      if (++done == total) all.set_value();
    });
  }
  all.get_future().get();
  EXPECT_TRUE(store().find_commit(total).value().has_value());
  EXPECT_TRUE(store().find_commit(total - Store::kTagsKept + 1).value().has_value());
  EXPECT_FALSE(store().find_commit(1).value().has_value()) << "and no longer";
}

TEST_P(StoreConformance, CommitsOfOneThreadHappenInOrderAndSeeEachOther) {
  std::vector<std::future<Result<Revision>>> futures;
  for (int i = 0; i < 100; ++i) {
    Commit commit = put("only", std::to_string(i));
    commit.preconditions = {{"only", 0}};
    futures.push_back(commit_later(store(), std::move(commit)));
    futures.push_back(commit_later(store(), add("count", 1, 50)));
  }
  int won = 0;
  int counted = 0;
  for (std::size_t i = 0; i < futures.size(); ++i) {
    const Result<Revision> result = futures[i].get();
    (i % 2 == 0 ? won : counted) += result.has_value() ? 1 : 0;
  }
  EXPECT_EQ(won, 1);
  EXPECT_EQ(value("only"), "0");
  EXPECT_EQ(counted, 50);
  EXPECT_EQ(counter("count"), 50);
}

TEST_P(StoreConformance, DoneMayReadAndCommit) {
  std::promise<Result<Revision>> nested;
  store().commit(put("a", "1"), [&](Result<Revision>) {
    EXPECT_EQ(value("a"), "1");
    store().commit(put("b", "2"), [&](Result<Revision> result) { nested.set_value(std::move(result)); });
  });
  EXPECT_TRUE(nested.get_future().get().has_value());
  EXPECT_EQ(value("b"), "2");
}

TEST_P(StoreConformance, DestructionCompletesWhatWasQueued) {
  std::atomic<int> done = 0;
  for (int i = 0; i < 300; ++i) {
    store().commit(put("k" + std::to_string(i), "v"), [&](Result<Revision> result) { done += result ? 1 : 0; });
  }
  reset({});
  EXPECT_EQ(done, 300);
}

TEST_P(StoreConformance, ManyThreadsLoseNothingAndCountExactly) {
  constexpr int kThreads = 8;
  constexpr int kEach = 60;
  std::atomic<int> acknowledged = 0;
  std::atomic<int> won = 0;
  std::atomic<bool> reading = true;
  std::thread reader([&] {
    while (reading) {
      const std::int64_t before = static_cast<std::int64_t>(acknowledged);
      const std::optional<Record> record = store().get("count").value();
      EXPECT_GE(record ? decode_counter(record->value).value() : 0, before);
      EXPECT_TRUE(store().range("t", "", 5).has_value());
      EXPECT_TRUE(store().changes_after(store().revision(), 5).has_value());
    }
  });
  std::vector<std::thread> writers;
  for (int t = 0; t < kThreads; ++t) {
    writers.emplace_back([&, t] {
      for (int i = 0; i < kEach; ++i) {
        const std::string key = "t" + std::to_string(t) + "/" + std::to_string(i);
        Commit commit = put(key, key);
        commit.mutations.push_back(Add{"count", 1, 1'000'000});
        commit.tag = static_cast<std::uint64_t>(t * kEach + i + 1);
        const std::uint64_t tag = commit.tag;
        const Result<Revision> result = commit_now(store(), std::move(commit));
        ASSERT_TRUE(result.has_value());
        ++acknowledged;
        EXPECT_EQ(value(key), key);
        EXPECT_EQ(store().find_commit(tag).value(), *result);
        EXPECT_GE(store().revision(), *result);
        // One of all threads may take each slot.
        Commit slot = put("slot/" + std::to_string(i), key);
        slot.preconditions = {{"slot/" + std::to_string(i), 0}};
        const Result<Revision> taken = commit_now(store(), std::move(slot));
        if (taken) ++won;
        EXPECT_TRUE(taken || taken.error().code() == ErrorCode::kConflict);
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  reading = false;
  reader.join();
  EXPECT_EQ(counter("count"), kThreads * kEach);
  EXPECT_EQ(store().count("t").value(), static_cast<std::uint64_t>(kThreads * kEach));
  EXPECT_EQ(won, kEach);
  EXPECT_EQ(store().revision(), static_cast<Revision>(kThreads * kEach + kEach));
}

TEST_P(StoreConformance, ScrubLeavesRecordsAsTheyAre) {
  for (int i = 0; i < 50; ++i) must(put("k" + std::to_string(i), std::string(3000, 'v')));
  for (int i = 0; i < 50; i += 2) must(del("k" + std::to_string(i)));
  EXPECT_TRUE(store().scrub().has_value());
  EXPECT_EQ(store().count("").value(), 25u);
  EXPECT_EQ(value("k1"), std::string(3000, 'v'));
  must(put("after", "1"));
  EXPECT_EQ(value("after"), "1");
}

using StoreConformanceDeathTest = StoreConformance;

TEST_P(StoreConformanceDeathTest, CommitBeyondTheLimitsEndsTheProcess) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto commit = [&](Commit c) { store().commit(std::move(c), [](Result<Revision>) {}); };
  EXPECT_DEATH(commit(put("", "v")), "key.empty");
  EXPECT_DEATH(commit(put(std::string(kMaxKeyBytes + 1, 'k'), "v")), "kMaxKeyBytes");
  EXPECT_DEATH(commit(put("k", std::string(kMaxValueBytes + 1, 'v'))), "kMaxValueBytes");
  Commit twice = put("k", "1");
  twice.mutations.push_back(Delete{"k"});
  EXPECT_DEATH(commit(twice), "adjacent_find");
}

const StoreKind kKinds[] = {
    {"Memory", [] { return std::make_unique<MemoryHome>(); }},
    {"Sqlite", [] { return std::make_unique<SqliteHome>(); }},
};
std::string name_of(const testing::TestParamInfo<StoreKind>& info) { return info.param.name; }
INSTANTIATE_TEST_SUITE_P(Every, StoreConformance, testing::ValuesIn(kKinds), name_of);
INSTANTIATE_TEST_SUITE_P(Every, StoreConformanceDeathTest, testing::ValuesIn(kKinds), name_of);

}  // namespace
}  // namespace claviger::store
