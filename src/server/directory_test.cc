#include "server/directory.h"

#include <gtest/gtest.h>

#include "keys/test_fixtures.h"
#include "server/testing.h"
#include "store/testing_store.h"

namespace claviger::server {
namespace {

using Numbers = SnapshotCache<int, int, std::hash<int>>;

// A cache of numbers whose loading the test watches.
class SnapshotCacheTest : public testing::Test {
 protected:
  Numbers::Loaded into(std::vector<std::string>& out) {
    return [&out](const Result<Numbers::Pointer>& loaded) {
      if (!loaded) {
        out.push_back("error " + loaded.error().message());
      } else {
        out.push_back(*loaded == nullptr ? "none" : std::to_string(**loaded));
      }
    };
  }
  Numbers::Load count_loads() {
    return [this](int place) -> Result<Numbers::Pointer> {
      const int load = ++loads_;
      if (during_load_) during_load_();
      if (place < 0) return fail(Error::corrupt("negative"));
      if (place == 0) return Numbers::Pointer();
      return std::make_shared<const int>(place * 100 + load);
    };
  }

  std::atomic<int> loads_ = 0;
  std::function<void()> during_load_;
  FakeLoop loop_;
  std::vector<std::string> answers_;
};

TEST_F(SnapshotCacheTest, LoadedSnapshotIsFoundAfterwardsWithoutAnotherLoad) {
  BlockingPool pool(1, 10);
  Numbers cache(loop_, pool, 10, count_loads());
  EXPECT_EQ(cache.find(3), nullptr);
  cache.load(3, into(answers_));
  EXPECT_TRUE(answers_.empty()) << "never while asking";
  loop_.run_next();
  EXPECT_EQ(answers_, std::vector<std::string>{"301"});
  ASSERT_NE(cache.find(3), nullptr);
  EXPECT_EQ(**cache.find(3), 301);
  EXPECT_EQ(loads_, 1);
}

TEST_F(SnapshotCacheTest, LookupsDuringALoadShareIt) {
  BlockingPool pool(1, 10);
  Numbers cache(loop_, pool, 10, count_loads());
  for (int i = 0; i < 5; ++i) cache.load(3, into(answers_));
  loop_.run_next();
  EXPECT_EQ(answers_, std::vector<std::string>(5, "301"));
  EXPECT_EQ(loads_, 1);
  EXPECT_EQ(loop_.posted(), 0u);
}

TEST_F(SnapshotCacheTest, WhatIsMissingOrDamagedIsNotKept) {
  BlockingPool pool(1, 10);
  Numbers cache(loop_, pool, 10, count_loads());
  cache.load(0, into(answers_));
  loop_.run_next();
  cache.load(-1, into(answers_));
  loop_.run_next();
  EXPECT_EQ(answers_, (std::vector<std::string>{"none", "error "}));
  EXPECT_EQ(cache.find(0), nullptr) << "it may be made at any time";
  EXPECT_EQ(cache.find(-1), nullptr);
}

TEST_F(SnapshotCacheTest, LoadOutdatedByAChangeIsRepeated) {
  BlockingPool pool(1, 10);
  Numbers cache(loop_, pool, 10, count_loads());
  cache.load(3, into(answers_));
  loop_.wait_for_posts(1);  // the first load has read
  cache.forget(3);
  loop_.run_next();
  EXPECT_TRUE(answers_.empty()) << "what was read before the change is not answered";
  EXPECT_EQ(cache.find(3), nullptr);
  loop_.run_next();
  EXPECT_EQ(answers_, std::vector<std::string>{"302"});
  EXPECT_EQ(**cache.find(3), 302);
}

TEST_F(SnapshotCacheTest, ChangeOfAnotherRecordDoesNotRepeatALoad) {
  BlockingPool pool(1, 10);
  Numbers cache(loop_, pool, 10, count_loads());
  cache.load(3, into(answers_));
  loop_.wait_for_posts(1);
  cache.forget(4);
  loop_.run_next();
  EXPECT_EQ(answers_, std::vector<std::string>{"301"});
}

TEST_F(SnapshotCacheTest, KeepsNoMoreThanItsCapacity) {
  BlockingPool pool(1, 10);
  Numbers cache(loop_, pool, 3, count_loads());
  for (int place = 1; place <= 20; ++place) {
    cache.load(place, into(answers_));
    loop_.run_next();
    EXPECT_NE(cache.find(place), nullptr) << "the newest is kept";
  }
  int kept = 0;
  for (int place = 1; place <= 20; ++place) kept += cache.find(place) != nullptr ? 1 : 0;
  EXPECT_EQ(kept, 3);
}

TEST_F(SnapshotCacheTest, LoadThatThePoolRefusesIsThrottledLater) {
  std::promise<void> open;
  std::promise<void> entered;
  BlockingPool pool(1, 1);
  ASSERT_TRUE(pool.submit([&] {
    entered.set_value();
    open.get_future().wait();
  }));
  entered.get_future().wait();
  ASSERT_TRUE(pool.submit([] {}));
  Numbers cache(loop_, pool, 10, count_loads());
  cache.load(3, into(answers_));
  EXPECT_TRUE(answers_.empty()) << "never while asking";
  loop_.run();
  EXPECT_EQ(answers_, std::vector<std::string>{"error Rate exceeded"});
  open.set_value();
  EXPECT_EQ(loads_, 0);
}

class DirectoryTest : public testing::Test {
 protected:
  void put(std::string key, Bytes value) {
    store::Commit commit;
    commit.mutations.push_back(store::Put{std::move(key), std::move(value)});
    ASSERT_TRUE(store::commit_now(store_, std::move(commit)).has_value());
  }
  template <class Cache, class Place>
  auto load(Cache& cache, const Place& place) {
    std::optional<Result<typename Cache::Pointer>> answer;
    cache.load(place, [&](Result<typename Cache::Pointer> loaded) { answer = std::move(loaded); });
    loop_.run_next();
    return *answer;
  }

  store::MemoryStore store_;
  SnapshotLoader loader_{store_};
  BlockingPool pool_{1, 10};
  FakeLoop loop_;
  Directory directory_{loop_, pool_, loader_, 10};
};

TEST_F(DirectoryTest, FindsKeysAndAliasesOfTheirScopeOnly) {
  const keys::KeyRecord key = keys::test_key();
  const AliasName name = AliasName::parse("alias/a").value();
  put(keys::layout::key(key.scope, key.id), keys::encode(key));
  put(keys::layout::alias(key.scope, name), keys::encode(keys::AliasRecord{.target = key.id}));

  const auto loaded = load(directory_.keys(), keys::layout::KeyPlace{key.scope, key.id});
  ASSERT_TRUE(loaded && *loaded != nullptr);
  EXPECT_EQ((*loaded)->record, key);
  EXPECT_EQ((*loaded)->revision, 1u);
  EXPECT_EQ((*loaded)->arn, key.arn());
  const auto alias = load(directory_.aliases(), keys::layout::AliasPlace{key.scope, name});
  ASSERT_TRUE(alias && *alias != nullptr);
  EXPECT_EQ((*alias)->record.target, key.id);
  EXPECT_EQ((*alias)->revision, 2u);

  const Scope elsewhere{key.scope.account, *Region::parse("us-east-1")};
  EXPECT_EQ(load(directory_.keys(), keys::layout::KeyPlace{elsewhere, key.id}).value(), nullptr);
  EXPECT_EQ(load(directory_.aliases(), keys::layout::AliasPlace{elsewhere, name}).value(), nullptr);
}

TEST_F(DirectoryTest, DamagedRecordOrPolicyIsRefused) {
  keys::KeyRecord key = keys::test_key();
  key.policy = "not a policy";
  put(keys::layout::key(key.scope, key.id), keys::encode(key));
  const keys::layout::KeyPlace place{key.scope, key.id};
  EXPECT_EQ(load(directory_.keys(), place).error().code(), ErrorCode::kCorrupt);
  put(keys::layout::key(key.scope, key.id), Bytes{9});
  EXPECT_EQ(load(directory_.keys(), place).error().code(), ErrorCode::kCorrupt);
}

TEST_F(DirectoryTest, KeysWithoutAPolicyOfTheirOwnShareTheDefaultOne) {
  keys::KeyRecord key = keys::test_key();
  const auto first = loader_.key(key.scope, key.id);
  EXPECT_EQ(first.value(), nullptr);
  put(keys::layout::key(key.scope, key.id), keys::encode(key));
  const KeyId other = KeyId::parse("00000000-0000-4000-8000-000000000000").value();
  put(keys::layout::key(key.scope, other), keys::encode(key));
  EXPECT_EQ(loader_.key(key.scope, key.id).value()->policy, loader_.key(key.scope, other).value()->policy);
}

TEST_F(DirectoryTest, ApplyForgetsKeysAndAliasesAndIgnoresOtherRecords) {
  const keys::KeyRecord key = keys::test_key();
  const AliasName name = AliasName::parse("alias/a/b").value();
  put(keys::layout::key(key.scope, key.id), keys::encode(key));
  put(keys::layout::alias(key.scope, name), keys::encode(keys::AliasRecord{.target = key.id}));
  const keys::layout::KeyPlace key_place{key.scope, key.id};
  const keys::layout::AliasPlace alias_place{key.scope, name};
  ASSERT_TRUE(load(directory_.keys(), key_place).has_value());
  ASSERT_TRUE(load(directory_.aliases(), alias_place).has_value());

  directory_.apply({{keys::layout::tombstone(key.scope, key.id), 3, false}, {"key/nonsense", 3, false}});
  EXPECT_NE(directory_.keys().find(key_place), nullptr);
  EXPECT_NE(directory_.aliases().find(alias_place), nullptr);
  directory_.apply({{keys::layout::key(key.scope, key.id), 4, true}});
  EXPECT_EQ(directory_.keys().find(key_place), nullptr);
  EXPECT_NE(directory_.aliases().find(alias_place), nullptr);
  directory_.apply({{keys::layout::alias(key.scope, name), 5, true}});
  EXPECT_EQ(directory_.aliases().find(alias_place), nullptr);
}

TEST_F(DirectoryTest, KeysHaveTheNamesOfTheirAliasesAndAreForgottenWhenOneComesOrGoes) {
  const keys::KeyRecord key = keys::test_key();
  const keys::layout::KeyPlace place{key.scope, key.id};
  const std::string other = keys::layout::alias_of(
      key.scope, KeyId::parse("00000000-0000-4000-8000-000000000000").value(), AliasName::parse("alias/other").value());
  put(keys::layout::key(key.scope, key.id), keys::encode(key));
  put(other, {});
  EXPECT_TRUE(load(directory_.keys(), place).value()->aliases.empty());
  std::vector<std::string> names;
  for (const std::string_view name : {"alias/a", "alias/b/c"}) {
    names.emplace_back(name);
    const std::string entry = keys::layout::alias_of(key.scope, key.id, AliasName::parse(name).value());
    put(entry, {});
    directory_.apply({{entry, 3, false}});
    ASSERT_EQ(directory_.keys().find(place), nullptr);
    EXPECT_EQ(load(directory_.keys(), place).value()->aliases, names);
  }
  directory_.apply({{other, 5, true}});
  EXPECT_NE(directory_.keys().find(place), nullptr);
}

TEST_F(DirectoryTest, OneAliasBeyondTheQuotaIsReadAndNoMore) {
  const keys::KeyRecord key = keys::test_key();
  put(keys::layout::key(key.scope, key.id), keys::encode(key));
  for (std::size_t i = 0; i < api::KeySnapshot::kMaxAliases + 5; ++i) {
    put(keys::layout::alias_of(key.scope, key.id, AliasName::parse("alias/" + std::to_string(i)).value()), {});
  }
  EXPECT_EQ(loader_.key(key.scope, key.id).value()->aliases.size(), api::KeySnapshot::kMaxAliases + 1);
}

TEST_F(DirectoryTest, KeyWithADamagedAliasEntryIsRefused) {
  const keys::KeyRecord key = keys::test_key();
  put(keys::layout::key(key.scope, key.id), keys::encode(key));
  put(keys::layout::aliases_of_prefix(key.scope, key.id) + "nonsense", {});
  EXPECT_EQ(loader_.key(key.scope, key.id).error().code(), ErrorCode::kCorrupt);
}

}  // namespace
}  // namespace claviger::server
