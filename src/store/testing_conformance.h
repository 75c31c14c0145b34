// For tests only: what the tests of every store share. store_conformance_test.cc names the kinds they run over.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "store/memory_store.h"
#include "store/sqlite_store.h"
#include "store/store.h"
#include "store/testing_sealer.h"
#include "store/testing_store.h"

namespace claviger::store {

// What a store of one kind needs to live.
class Home {
 public:
  virtual ~Home() = default;
  virtual std::unique_ptr<Store> make(Retention retention) = 0;
};

class MemoryHome final : public Home {
 public:
  std::unique_ptr<Store> make(Retention retention) override { return std::make_unique<MemoryStore>(retention); }
};

class SqliteHome final : public Home {
 public:
  std::unique_ptr<Store> make(Retention retention) override {
    const SqliteOptions options{.path = directory_.file("store.db"), .create = true, .retention = retention};
    Result<std::unique_ptr<SqliteStore>> store = SqliteStore::open(options, sealer_, random_);
    CLAVIGER_CHECK(store.has_value());
    return *std::move(store);
  }

 private:
  TemporaryDirectory directory_;
  ClearSealer sealer_;
  CountingRandom random_;
};

struct StoreKind {
  const char* name;
  std::function<std::unique_ptr<Home>()> home;
};

class StoreConformance : public testing::TestWithParam<StoreKind> {
 protected:
  StoreConformance() { reset({}); }
  void reset(Retention retention) {
    store_.reset();
    home_ = GetParam().home();
    store_ = home_->make(retention);
  }
  Store& store() { return *store_; }
  Revision must(Commit commit) {
    const Result<Revision> result = commit_now(store(), std::move(commit));
    EXPECT_TRUE(result.has_value());
    return result.value_or(0);
  }
  ErrorCode refused(Commit commit) {
    const Result<Revision> result = commit_now(store(), std::move(commit));
    EXPECT_FALSE(result.has_value());
    return result ? ErrorCode::kInternal : result.error().code();
  }
  // The value, or "-" when there is none.
  std::string value(std::string_view key) {
    const Result<std::optional<Record>> record = store().get(key);
    EXPECT_TRUE(record.has_value());
    return record && *record ? std::string(as_text((*record)->value)) : "-";
  }
  std::int64_t counter(std::string_view key) { return decode_counter((*store().get(key))->value).value(); }
  std::vector<std::string> keys(std::string_view prefix, std::string_view after, std::size_t limit) {
    std::vector<std::string> result;
    const Result<std::vector<Entry>> entries = store().range(prefix, after, limit);
    EXPECT_TRUE(entries.has_value());
    for (const Entry& entry : *entries) result.push_back(entry.key);
    return result;
  }
  // "key@revision" or "-key@revision" for a deletion.
  std::vector<std::string> changes(Revision after, std::size_t limit, Revision* up_to = nullptr) {
    const Result<Changes> found = store().changes_after(after, limit);
    EXPECT_TRUE(found.has_value());
    std::vector<std::string> result;
    for (const Change& change : found->changes) {
      result.push_back((change.deleted ? "-" : "") + change.key + "@" + std::to_string(change.revision));
    }
    if (up_to != nullptr) *up_to = found->up_to;
    return result;
  }

 private:
  std::unique_ptr<Home> home_;
  std::unique_ptr<Store> store_;
};

using Strings = std::vector<std::string>;

}  // namespace claviger::store
