// What only a store in a file has: its format, who may open it, damage, and traces of deleted values.
#include "store/sqlite_store.h"

#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <future>
#include <iterator>
#include <map>
#include <random>
#include <set>

#include "store/sqlite_scrub.h"
#include "store/testing_sealer.h"
#include "store/testing_store.h"
#include "store/testing_vfs.h"

namespace claviger::store {
namespace {

class SqliteStoreTest : public testing::Test {
 protected:
  Result<std::unique_ptr<SqliteStore>> open(std::string_view name = "store.db", bool create = true) {
    return SqliteStore::open({.path = directory_.file(name), .create = create}, sealer_, random_);
  }
  std::unique_ptr<SqliteStore> must_open(std::string_view name = "store.db") {
    Result<std::unique_ptr<SqliteStore>> store = open(name);
    CLAVIGER_CHECK(store.has_value());
    return *std::move(store);
  }
  ErrorCode open_error(std::string_view name = "store.db", bool create = true) {
    Result<std::unique_ptr<SqliteStore>> store = open(name, create);
    EXPECT_FALSE(store.has_value());
    return store ? ErrorCode::kConflict : store.error().code();
  }
  // Runs SQL on a closed store, as somebody with the file would.
  void tamper(const std::string& sql, std::string_view name = "store.db") {
    sqlite3* raw = nullptr;
    ASSERT_EQ(sqlite3_open(directory_.file(name).c_str(), &raw), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(raw, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(raw);
    EXPECT_GT(sqlite3_total_changes(raw), 0) << "nothing was changed";
    sqlite3_close(raw);
  }

  TemporaryDirectory directory_;
  ClearSealer sealer_;
  CountingRandom random_;
};

// Keeps whoever seals waiting, as a disk that does not answer would, until it is told to go on.
class StuckSealer final : public RecordSealer {
 public:
  Bytes seal(ByteSpan context, ByteSpan value) override {
    if (stuck_.exchange(false)) {
      entered_.set_value();
      go_on_.get_future().wait();
    }
    return clear_.seal(context, value);
  }
  Result<Bytes> open(ByteSpan context, ByteSpan sealed) override { return clear_.open(context, sealed); }

  // The next seal() waits for go_on(). Once.
  void get_stuck() { stuck_ = true; }
  void await_stuck() { entered_.get_future().wait(); }
  void go_on() { go_on_.set_value(); }

 private:
  ClearSealer clear_;
  std::atomic<bool> stuck_ = false;
  std::promise<void> entered_;
  std::promise<void> go_on_;
};

TEST_F(SqliteStoreTest, NobodyWaitsForeverForADiskThatDoesNotAnswer) {
  StuckSealer sealer;
  const auto opened = SqliteStore::open(
      {.path = directory_.file("store.db"), .create = true, .patience = std::chrono::milliseconds(5)}, sealer, random_);
  ASSERT_TRUE(opened.has_value());
  SqliteStore& store = **opened;
  sealer.get_stuck();
  std::future<Result<Revision>> stuck = commit_later(store, put("a", "1"));
  sealer.await_stuck();
  const auto code = [](const auto& result) { return result ? ErrorCode::kInternal : result.error().code(); };
  EXPECT_EQ(code(store.get("a")), ErrorCode::kDependencyTimeout);
  EXPECT_EQ(code(store.range("a", "", 1)), ErrorCode::kDependencyTimeout);
  EXPECT_EQ(code(store.count("a")), ErrorCode::kDependencyTimeout);
  EXPECT_EQ(code(store.changes_after(0, 1)), ErrorCode::kDependencyTimeout);
  EXPECT_EQ(code(store.find_commit(1)), ErrorCode::kDependencyTimeout);
  EXPECT_EQ(code(store.scrub()), ErrorCode::kDependencyTimeout);
  EXPECT_TRUE(store.is_stalled());
  EXPECT_EQ(store.failure(), "the store's disk does not answer");
  sealer.go_on();
  EXPECT_TRUE(stuck.get().has_value());
  // The writer may look after the log once more, and be slow at that.
  auto read = store.get("a");
  while (!read) read = store.get("a");
  EXPECT_TRUE(read->has_value());
  while (store.is_stalled()) std::this_thread::yield();
  EXPECT_EQ(store.failure(), "") << "nothing was latched";
}

TEST_F(SqliteStoreTest, EverythingIsThereAfterReopening) {
  {
    const auto store = must_open();
    Commit commit = put("a", "1");
    commit.tag = 9;
    ASSERT_TRUE(commit_now(*store, std::move(commit)).has_value());
    ASSERT_TRUE(commit_now(*store, put("b", "2")).has_value());
    ASSERT_TRUE(commit_now(*store, del("b")).has_value());
  }
  const auto store = must_open();
  EXPECT_EQ(store->revision(), 3u);
  EXPECT_EQ(as_text((*store->get("a"))->value), "1");
  EXPECT_EQ(store->find_commit(9).value(), Revision{1});
  EXPECT_EQ(store->changes_after(0, 9).value().changes.size(), 2u);
  EXPECT_EQ(commit_now(*store, put("c", "3")).value(), 4u);
}

TEST_F(SqliteStoreTest, EveryFileIsForItsOwnerOnly) {
  std::ofstream(directory_.file("store.db")).close();
  ::chmod(directory_.file("store.db").c_str(), 0666);
  for (const char* name : {"store.db", "new.db"}) {
    const auto store = must_open(name);
    ASSERT_TRUE(commit_now(*store, put("a", "1")).has_value());
    int files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(directory_.file(""))) {
      if (!entry.path().filename().string().starts_with(name)) continue;
      ++files;
      EXPECT_EQ(entry.status().permissions(), std::filesystem::perms(0600)) << entry.path();
    }
    EXPECT_EQ(files, 2) << "the database and its log";
  }
}

TEST_F(SqliteStoreTest, SecondOpeningIsRefusedWhileTheFirstLives) {
  const auto store = must_open();
  EXPECT_EQ(open_error(), ErrorCode::kIo);
  ASSERT_TRUE(commit_now(*store, put("a", "1")).has_value());
}

TEST_F(SqliteStoreTest, OpeningRefusesWhatIsNotItsStore) {
  EXPECT_EQ(open_error("missing.db", false), ErrorCode::kNotFound);
  std::ofstream(directory_.file("empty.db")).close();
  EXPECT_EQ(open_error("empty.db", false), ErrorCode::kCorrupt);
  std::ofstream(directory_.file("text.db")) << std::string(5000, 'x');
  EXPECT_EQ(open_error("text.db"), ErrorCode::kCorrupt);
  EXPECT_EQ(open_error("no/such/directory.db"), ErrorCode::kIo);

  struct Row {
    const char* name;
    const char* sql;
    ErrorCode expected;
  };
  const Row rows[] = {
      {"newer format", "PRAGMA user_version=2; UPDATE meta SET id=id", ErrorCode::kUnsupportedOperation},
      {"no format", "PRAGMA user_version=0; UPDATE meta SET id=id", ErrorCode::kUnsupportedOperation},
      {"another application", "PRAGMA application_id=7; UPDATE meta SET id=id", ErrorCode::kCorrupt},
      {"no identity", "DELETE FROM meta WHERE id=1", ErrorCode::kCorrupt},
      {"no state", "DELETE FROM meta WHERE id=2", ErrorCode::kCorrupt},
      {"identity where the state was", "UPDATE meta SET sealed=(SELECT sealed FROM meta WHERE id=1) WHERE id=2",
       ErrorCode::kCorrupt},
      {"cut state", "UPDATE meta SET sealed=substr(sealed, 1, 12) WHERE id=2", ErrorCode::kCorrupt},
      {"empty state", "UPDATE meta SET sealed=x'' WHERE id=2", ErrorCode::kCorrupt},
      {"a trigger", "CREATE TRIGGER t AFTER INSERT ON records BEGIN DELETE FROM tags; END; UPDATE meta SET id=id",
       ErrorCode::kCorrupt},
      {"a missing index", "DROP INDEX tags_by_tag; UPDATE meta SET id=id", ErrorCode::kCorrupt},
      {"a record of the future", "UPDATE records SET sequence=sequence+4096", ErrorCode::kCorrupt},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    ASSERT_TRUE(commit_now(*must_open(row.name), put("a", "1")).has_value());
    tamper(row.sql, row.name);
    EXPECT_EQ(open_error(row.name), row.expected);
  }
}

TEST_F(SqliteStoreTest, AnotherSealingKeyDoesNotOpenIt) {
  must_open();
  ClearSealer other(1);
  const auto store = SqliteStore::open({.path = directory_.file("store.db")}, other, random_);
  ASSERT_FALSE(store.has_value());
  EXPECT_EQ(store.error().code(), ErrorCode::kCorrupt);
}

TEST_F(SqliteStoreTest, OlderStateRowIsRefused) {
  ASSERT_TRUE(commit_now(*must_open(), put("a", "1")).has_value());
  std::filesystem::copy(directory_.file("store.db"), directory_.file("old.db"));
  ASSERT_TRUE(commit_now(*must_open(), put("a", "2")).has_value());
  tamper("ATTACH '" + directory_.file("old.db") +
         "' AS old; UPDATE meta SET sealed=(SELECT sealed FROM old.meta WHERE id=2)"
         " WHERE id=2");
  EXPECT_EQ(open_error(), ErrorCode::kCorrupt);
}

TEST_F(SqliteStoreTest, DamagedAndDisplacedRowsAreCorrupt) {
  struct Row {
    const char* name;
    const char* sql;
  };
  const Row rows[] = {
      {"two values swapped", "UPDATE records SET sealed=(SELECT r.sealed FROM records r WHERE r.key<>records.key)"},
      {"a value under another key",
       "UPDATE records SET sealed=(SELECT sealed FROM records WHERE key=x'62') WHERE key=x'61'"},
      {"the key renamed", "DELETE FROM records WHERE key=x'61'; UPDATE records SET key=x'61'"},
      {"another revision", "UPDATE records SET sequence=sequence+3*4096 WHERE key=x'61'"},
      {"an older value put back",
       "UPDATE records SET sealed=(SELECT sealed FROM old.records WHERE key=x'61') WHERE key=x'61'"},
      {"an older row put back", "REPLACE INTO records SELECT * FROM other.records WHERE key=x'61'"},
      {"empty", "UPDATE records SET sealed=x'' WHERE key=x'61'"},
      {"only a version", "UPDATE records SET sealed=x'01' WHERE key=x'61'"},
      {"another version", "UPDATE records SET sealed=CAST(x'02'||substr(sealed, 2) AS BLOB) WHERE key=x'61'"},
      {"cut", "UPDATE records SET sealed=substr(sealed, 1, length(sealed)-1) WHERE key=x'61'"},
  };
  // Another store's row has the same key and revision, and the same sealing key.
  ASSERT_TRUE(commit_now(*must_open("other.db"), put("a", "one")).has_value());
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    {
      const auto store = must_open(row.name);
      ASSERT_TRUE(commit_now(*store, put("a", "one")).has_value());
    }
    const std::string old = directory_.file(std::string(row.name) + ".old");
    std::filesystem::copy(directory_.file(row.name), old);
    {
      const auto store = must_open(row.name);
      ASSERT_TRUE(commit_now(*store, put("a", "two")).has_value());
      ASSERT_TRUE(commit_now(*store, put("b", "one")).has_value());
      ASSERT_TRUE(commit_now(*store, put("c", "one")).has_value());
      ASSERT_TRUE(commit_now(*store, del("c")).has_value());
      ASSERT_TRUE(commit_now(*store, put("d", "one")).has_value());
      ASSERT_TRUE(commit_now(*store, del("d")).has_value());
    }
    tamper("ATTACH '" + old + "' AS old; ATTACH '" + directory_.file("other.db") + "' AS other; " + row.sql, row.name);
    const auto store = must_open(row.name);
    const auto got = store->get("a");
    ASSERT_FALSE(got.has_value());
    EXPECT_EQ(got.error().code(), ErrorCode::kCorrupt);
    const auto ranged = store->range("", "", 9);
    ASSERT_FALSE(ranged.has_value());
    EXPECT_EQ(ranged.error().code(), ErrorCode::kCorrupt);
    const auto added = commit_now(*store, add("a", 1, 9));
    ASSERT_FALSE(added.has_value());
    EXPECT_EQ(added.error().code(), ErrorCode::kCorrupt);
    EXPECT_EQ(store->failure(), "") << "other records still serve";
  }
}

TEST_F(SqliteStoreTest, EveryFlippedByteOfASealedValueIsCorrupt) {
  ASSERT_TRUE(commit_now(*must_open(), put("a", "canary-value")).has_value());
  std::ifstream in(directory_.file("store.db"), std::ios::binary);
  const std::string file((std::istreambuf_iterator<char>(in)), {});
  const std::size_t value = file.find("canary-value");
  ASSERT_NE(value, std::string::npos);
  // Version byte, tag of eight bytes, value.
  for (std::size_t at = value - 9; at < value + 12; ++at) {
    std::string damaged = file;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x40);
    std::ofstream(directory_.file("store.db"), std::ios::binary) << damaged;
    const auto store = must_open();
    ASSERT_FALSE(store->get("a").has_value()) << at;
    EXPECT_EQ(store->get("a").error().code(), ErrorCode::kCorrupt);
  }
}

TEST_F(SqliteStoreTest, ForgedTagIsCorrupt) {
  {
    const auto store = must_open();
    Commit commit = put("a", "1");
    commit.tag = 5;
    ASSERT_TRUE(commit_now(*store, std::move(commit)).has_value());
  }
  tamper("UPDATE tags SET tag=6");
  const auto store = must_open();
  ASSERT_FALSE(store->find_commit(6).has_value());
  EXPECT_EQ(store->find_commit(6).error().code(), ErrorCode::kCorrupt);
  EXPECT_EQ(store->find_commit(5).value(), std::nullopt);
}

bool contains(ByteSpan bytes, std::string_view text) { return as_text(bytes).find(text) != std::string_view::npos; }

// Values of which each can be found in the bytes of a file.
class Canaries {
 public:
  Canaries(Store& store, unsigned seed) : store_(store), random_(seed) {}
  void put(int id) {
    remove_old(id);
    live_[id] = std::string(kHead) + std::to_string(random_()) + ">";
    // In the leaf, near its limit, in overflow pages.
    constexpr int kRepeats[] = {1, 2, 5, 10, 30, 60, 120, 400};
    std::string value;
    for (int left = kRepeats[random_() % std::size(kRepeats)]; left > 0; --left) value += live_[id];
    commit_later(store_, store::put(key(id), value));
  }
  void remove(int id) {
    remove_old(id);
    live_.erase(id);
    commit_later(store_, del(key(id)));
  }
  void check(ByteSpan files) {
    const std::set<std::string_view> found = whole_canaries(as_text(files));
    for (const auto& [id, text] : live_) {
      ASSERT_TRUE(found.contains(text)) << "the search finds what is there";
      ASSERT_TRUE(contains((*store_.get(key(id)))->value, text));
    }
    const auto left = std::ranges::count_if(dead_, [&](const std::string& text) { return found.contains(text); });
    EXPECT_EQ(left, 0) << "of " << dead_.size() << " dead values";
    dead_.clear();
  }
  std::mt19937& random() { return random_; }

 private:
  static std::string key(int id) { return "key/" + std::to_string(id); }
  // Every text of a canary that stands in the bytes, in one pass: there are thousands to look for.
  static std::set<std::string_view> whole_canaries(std::string_view bytes) {
    std::set<std::string_view> found;
    for (std::size_t at = bytes.find(kHead); at != bytes.npos; at = bytes.find(kHead, at + 1)) {
      const std::size_t end = bytes.find_first_not_of("0123456789", at + kHead.size());
      if (end != bytes.npos && bytes[end] == '>') found.insert(bytes.substr(at, end + 1 - at));
    }
    return found;
  }
  void remove_old(int id) {
    if (live_.contains(id)) dead_.push_back(live_[id]);
  }

  static constexpr std::string_view kHead = "<canary-";

  Store& store_;
  std::mt19937 random_;
  std::map<int, std::string> live_;
  std::vector<std::string> dead_;
};

// SQLite's secure_delete alone leaves about one in two thousand of these values in the file: copies of
// rows that moved between pages before they were deleted.
TEST_F(SqliteStoreTest, ScrubLeavesNothingOfWhatWasDeletedOrReplaced) {
  for (unsigned seed = 1; seed <= 6; ++seed) {
    SCOPED_TRACE(seed);
    FaultVfs vfs;
    const auto store = SqliteStore::open({.path = "store.db", .create = true, .vfs = vfs.name()}, sealer_, random_);
    ASSERT_TRUE(store.has_value());
    Canaries canaries(**store, seed);
    for (int change = 0; change < 4000; ++change) {
      const int id = static_cast<int>(canaries.random()() % 300);
      canaries.random()() % 2 == 0 ? canaries.remove(id) : canaries.put(id);
    }
    ASSERT_TRUE(commit_now(**store, {}).has_value());
    ASSERT_TRUE((*store)->scrub().has_value());
    canaries.check(vfs.everything());
  }
}

TEST(UnallocatedSpace, LiesBetweenTheCellPointersAndTheContent) {
  const auto page = [](std::size_t header, std::uint8_t type, std::uint16_t cells, std::uint16_t content) {
    Bytes bytes(header);
    ByteWriter writer(bytes);
    writer.u8(type);
    writer.u16(0);
    writer.u16(cells);
    writer.u16(content);
    bytes.resize(4096);
    return bytes;
  };
  const auto leaf = unallocated_space(page(0, 13, 3, 1000), 2);
  ASSERT_TRUE(leaf);
  EXPECT_EQ(leaf->begin, 8u + 6u);
  EXPECT_EQ(leaf->end, 1000u);
  EXPECT_EQ(unallocated_space(page(0, 5, 3, 1000), 2)->begin, 12u + 6u);
  EXPECT_EQ(unallocated_space(page(100, 13, 0, 4096), 1)->begin, 108u);
  EXPECT_FALSE(unallocated_space(page(0, 0, 3, 1000), 2)) << "an overflow or free page";
  EXPECT_FALSE(unallocated_space(page(0, 13, 600, 1000), 2)) << "pointers beyond the content";
  EXPECT_FALSE(unallocated_space(page(0, 13, 3, 5000), 2)) << "content beyond the page";
  EXPECT_FALSE(unallocated_space(page(0, 13, 3, 0), 2)) << "0 is 65536, beyond a page of 4096";
  EXPECT_FALSE(unallocated_space({}, 2));
}

}  // namespace
}  // namespace claviger::store
