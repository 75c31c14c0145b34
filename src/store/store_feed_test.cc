// What every Store tells of changes.
#include <gtest/gtest.h>

#include <algorithm>
#include <mutex>

#include "store/commit_rules.h"
#include "store/testing_conformance.h"

namespace claviger::store {
namespace {

TEST_P(StoreConformance, FeedTellsTheNewestChangeOfEachKeyInOrder) {
  must(put("a", "1"));                    // 1
  must(put("b", "1"));                    // 2
  must(put("a", "2"));                    // 3
  must(del("b"));                         // 4
  Commit two = put("z", "1");             // 5
  two.mutations.push_back(Put{"c", {}});  // in the order of the commit, not of the keys
  must(std::move(two));
  Revision up_to = 0;
  EXPECT_EQ(changes(0, 100, &up_to), (Strings{"a@3", "-b@4", "z@5", "c@5"}));
  EXPECT_EQ(up_to, 5u);
  EXPECT_EQ(changes(3, 100), (Strings{"-b@4", "z@5", "c@5"}));
  EXPECT_EQ(changes(5, 100, &up_to), Strings{});
  EXPECT_EQ(up_to, 5u);
  must(put("b", "again"));  // 6
  EXPECT_EQ(changes(3, 100), (Strings{"z@5", "c@5", "b@6"})) << "the deletion of b is no longer its newest change";
}

TEST_P(StoreConformance, FeedPagesNeverSplitACommit) {
  Commit three = put("a", "");
  three.mutations.push_back(Put{"b", {}});
  three.mutations.push_back(Put{"c", {}});
  must(std::move(three));  // 1
  must(put("d", ""));      // 2
  must(put("e", ""));      // 3
  Revision up_to = 0;
  EXPECT_EQ(changes(0, 1, &up_to), (Strings{"a@1", "b@1", "c@1"}));
  EXPECT_EQ(up_to, 1u);
  EXPECT_EQ(changes(up_to, 1, &up_to), Strings{"d@2"});
  EXPECT_EQ(up_to, 2u);
  EXPECT_EQ(changes(up_to, 1, &up_to), Strings{"e@3"});
  EXPECT_EQ(up_to, 3u);
  EXPECT_EQ(changes(0, 3, &up_to), (Strings{"a@1", "b@1", "c@1"}));
  EXPECT_EQ(changes(0, 4, &up_to), (Strings{"a@1", "b@1", "c@1", "d@2"}));
}

TEST_P(StoreConformance, FeedSaysWhenItDoesNotReachBack) {
  reset({.deletions_kept_commits = 3});
  must(put("a", "1"));  // 1
  must(del("a"));       // 2
  must(put("b", "1"));  // 3
  must(put("b", "2"));  // 4
  EXPECT_EQ(changes(0, 9), (Strings{"-a@2", "b@4"}));
  must(put("b", "3"));  // 5: the deletion at 2 is forgotten
  for (const Revision revision : {0u, 1u}) {
    const Result<Changes> gone = store().changes_after(revision, 9);
    ASSERT_FALSE(gone.has_value());
    EXPECT_EQ(gone.error().code(), ErrorCode::kNotFound);
  }
  EXPECT_EQ(changes(2, 9), Strings{"b@5"});
  const Result<Changes> future = store().changes_after(6, 9);
  ASSERT_FALSE(future.has_value());
  EXPECT_EQ(future.error().code(), ErrorCode::kNotFound) << "a revision of another history";
}

TEST_P(StoreConformance, ListenerHearsEachCommitInOrderBeforeItsDone) {
  std::vector<Revision> heard;
  std::vector<std::string> told;
  store().set_change_listener(
      [&](const std::vector<Change>& changes, Revision revision) {
        heard.push_back(revision);
        EXPECT_EQ(store().revision(), revision);
        for (const Change& change : changes) {
          EXPECT_EQ(change.revision, revision);
          told.push_back((change.deleted ? "-" : "") + change.key);
          EXPECT_TRUE(change.value.empty());
        }
      },
      {});
  constexpr int kCommits = 200;
  std::vector<std::future<Result<Revision>>> futures;
  std::atomic<int> late = 0;
  std::promise<void> all;
  int left = kCommits;
  for (int i = 0; i < kCommits; ++i) {
    Commit commit = put("k" + std::to_string(i), "v");
    if (i % 7 == 3) commit.preconditions = {{"k0", 0}};  // refused: nobody hears of it
    store().commit(std::move(commit), [&](Result<Revision> result) {
      if (result && (heard.empty() || heard.back() != *result)) ++late;
      if (--left == 0) all.set_value();
    });
  }
  all.get_future().get();
  must(del("k0"));
  EXPECT_EQ(late, 0);
  EXPECT_TRUE(std::is_sorted(heard.begin(), heard.end()));
  EXPECT_EQ(heard.size(), store().revision());
  EXPECT_EQ(told.size(), heard.size());
  EXPECT_EQ(told.back(), "-k0");
}

TEST_P(StoreConformance, ListenerIsToldTheValuesItAskedFor) {
  std::vector<std::pair<std::string, std::string>> told;
  store().set_change_listener(
      [&](const std::vector<Change>& changes, Revision) {
        for (const Change& change : changes) told.emplace_back(change.key, as_text(change.value));
      },
      "a/");
  must(put("a/1", "one"));
  must(put("b/1", "other"));
  must(del("a/1"));
  Commit counted;
  counted.mutations.push_back(Add{"a/n", 2, 9});
  must(std::move(counted));
  EXPECT_EQ(told, (std::vector<std::pair<std::string, std::string>>{
                      {"a/1", "one"}, {"b/1", ""}, {"a/1", ""}, {"a/n", std::string("\0\0\0\0\0\0\0\2", 8)}}));
  const Result<Changes> feed = store().changes_after(0, 9);
  ASSERT_TRUE(feed.has_value());
  for (const Change& change : feed->changes) EXPECT_TRUE(change.value.empty()) << "the feed has no values";
}

}  // namespace
}  // namespace claviger::store
