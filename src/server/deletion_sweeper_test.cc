#include "server/deletion_sweeper.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "crypto/random.h"
#include "keys/test_fixtures.h"
#include "server/testing.h"
#include "store/commit_rules.h"
#include "store/sqlite_store.h"
#include "store/testing_sealer.h"
#include "store/testing_store.h"

namespace claviger::server {
namespace {

using std::chrono::days;
using std::chrono::milliseconds;

// Stands for the wrapped material; no other value holds it.
constexpr std::string_view kToken = "THE-WRAPPED-KEY-MATERIAL-OF-THE-KEY-TO-BE-DELETED";

// What a test of the sweeper needs besides a store.
struct Keeper {
  explicit Keeper(store::Store& store) : recorder(log, store, broadcast, [] {}) {}

  Result<std::size_t> sweep(store::Store& store) {
    return DeletionSweeper(recorder, store, clock, random, logger).run_once();
  }

  ManualClock clock{from_millis(1'767'225'600'000)};
  crypto::SystemRandom random;
  Logger logger;
  ChangeBroadcast broadcast;
  FaultyLog log{clock};
  Recorder recorder;
};

keys::KeyRecord pending_key(WallTime deletion_date, std::string_view token = kToken) {
  keys::KeyRecord key = keys::test_key();
  key.state = keys::KeyState::kPendingDeletion;
  key.deletion_date = deletion_date;
  key.materials.front().token = to_bytes(as_bytes(token));
  return key;
}

// What ScheduleKeyDeletion leaves of a key with two aliases.
void put_pending(store::Store& store, const keys::KeyRecord& key) {
  namespace layout = keys::layout;
  store::Commit commit;
  commit.mutations.push_back(store::Put{layout::key(key.scope, key.id), keys::encode(key)});
  commit.mutations.push_back(store::Put{layout::due(*key.deletion_date, key.scope, key.id), {}});
  commit.mutations.push_back(store::Add{layout::key_count(key.scope), 1, 1000});
  for (const std::string& text : {"alias/a-" + std::string(key.id.view()), "alias/b/" + std::string(key.id.view())}) {
    const AliasName name = AliasName::parse(text).value();
    commit.mutations.push_back(
        store::Put{layout::alias(key.scope, name), keys::encode(keys::AliasRecord{.target = key.id})});
    commit.mutations.push_back(store::Put{layout::alias_of(key.scope, key.id, name), {}});
  }
  commit.mutations.push_back(store::Add{layout::alias_count(key.scope, key.id), 2, 100});
  ASSERT_TRUE(store::commit_now(store, std::move(commit)).has_value());
}

// The keys of all records.
std::vector<std::string> places(store::Store& store) {
  std::vector<std::string> all;
  const auto entries = store.range("", "", 1000);
  CLAVIGER_CHECK(entries.has_value());
  for (const store::Entry& entry : *entries) all.push_back(entry.key);
  return all;
}

// How many files of a directory hold `text`.
int files_with(const std::string& directory, std::string_view text) {
  int count = 0;
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string content((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    count += content.find(text) != std::string::npos ? 1 : 0;
    ++files;
  }
  EXPECT_GT(files, 0);
  return count;
}

// Over a store in files whose values are readable.
class DeletionInFiles : public testing::Test {
 protected:
  std::unique_ptr<store::SqliteStore> open() {
    auto store =
        store::SqliteStore::open({.path = directory_.file("store.db"), .create = true}, sealer_, sealer_random_);
    CLAVIGER_CHECK(store.has_value());
    return *std::move(store);
  }

  store::TemporaryDirectory directory_;
  store::ClearSealer sealer_;
  store::CountingRandom sealer_random_;
};

TEST_F(DeletionInFiles, OnItsDayTheKeyAndItsMaterialAreGoneFromEveryFileAndATombstoneStays) {
  const auto store = open();
  Keeper keeper(*store);
  const keys::KeyRecord key = pending_key(keeper.clock.now() + days(7));
  put_pending(*store, key);
  ASSERT_GT(files_with(directory_.file(""), kToken), 0) << "the scan finds the token while it is there";

  keeper.clock.advance(days(7) - milliseconds(1));
  ASSERT_EQ(keeper.sweep(*store).value(), 0u) << "not a moment before";
  ASSERT_GT(files_with(directory_.file(""), kToken), 0);
  EXPECT_TRUE(keeper.log.frames().empty());

  keeper.clock.advance(milliseconds(1));
  ASSERT_EQ(keeper.sweep(*store).value(), 1u);
  EXPECT_EQ(files_with(directory_.file(""), kToken), 0) << "store.db and its write-ahead log";
  EXPECT_EQ(places(*store),
            (std::vector<std::string>{keys::layout::key_count(key.scope), keys::layout::tombstone(key.scope, key.id)}));
  const auto count = store->get(keys::layout::key_count(key.scope)).value();
  ASSERT_TRUE(count.has_value());
  EXPECT_EQ(store::decode_counter(count->value).value(), 0);
  const auto tombstone = store->get(keys::layout::tombstone(key.scope, key.id)).value();
  ASSERT_TRUE(tombstone.has_value());
  const auto stone = keys::decode_tombstone(tombstone->value);
  ASSERT_TRUE(stone.has_value());
  EXPECT_EQ(stone->created, key.created);
  EXPECT_EQ(stone->deleted, keeper.clock.now());
  EXPECT_EQ(keeper.sweep(*store).value(), 0u) << "once";
}

class DeletionSweeperTest : public testing::Test {
 protected:
  Result<std::size_t> sweep() { return keeper_.sweep(store_); }
  bool exists(const keys::KeyRecord& key) {
    return store_.get(keys::layout::key(key.scope, key.id)).value().has_value();
  }
  keys::KeyRecord due_key(char last_digit) {
    keys::KeyRecord key = pending_key(keeper_.clock.now());
    key.id = KeyId::parse(std::string("1234abcd-12ab-34cd-56ef-1234567890a") + last_digit).value();
    put_pending(store_, key);
    return key;
  }

  FaultyStore store_;
  Keeper keeper_{store_};
};

TEST_F(DeletionSweeperTest, RecordsOneServiceEventForEachKey) {
  const keys::KeyRecord key = due_key('1');
  ASSERT_EQ(sweep().value(), 1u);
  const auto events = keeper_.log.events();
  ASSERT_EQ(events.size(), 1u);
  const std::string& json = events.front().json;
  EXPECT_EQ(text_member(json, "eventName"), "DeleteKey");
  EXPECT_EQ(text_member(json, "eventType"), "AwsServiceEvent");
  EXPECT_EQ(text_member(json, "keyId"), key.arn());
  EXPECT_EQ(text_member(json, "eventID"), events.front().request_id);
  EXPECT_EQ(text_member(json, "errorCode"), "");
  EXPECT_EQ(json.find(kToken), std::string::npos);
  EXPECT_EQ(keeper_.log.frames().front().kind, audit::FrameKind::kIntent);
}

TEST_F(DeletionSweeperTest, CancelledKeyStaysEvenWhereItsDueEntryIsLeft) {
  keys::KeyRecord key = due_key('1');
  key.state = keys::KeyState::kDisabled;
  key.deletion_date.reset();
  ASSERT_TRUE(store::commit_now(store_, store::put(keys::layout::key(key.scope, key.id), as_text(keys::encode(key))))
                  .has_value());
  EXPECT_EQ(sweep().value(), 0u);
  EXPECT_TRUE(exists(key));
  EXPECT_TRUE(keeper_.log.frames().empty());
}

TEST_F(DeletionSweeperTest, CancelBetweenReadingAndCommittingIsHonoured) {
  keys::KeyRecord key = due_key('1');
  bool cancelled = false;
  store_.on_commit([&](const store::Commit&) -> std::optional<Error> {
    if (std::exchange(cancelled, true)) return std::nullopt;
    keys::KeyRecord kept = key;
    kept.state = keys::KeyState::kDisabled;
    kept.deletion_date.reset();
    const std::string place = keys::layout::key(key.scope, key.id);
    EXPECT_TRUE(store::commit_now(store_.memory(), store::put(place, as_text(keys::encode(kept)))).has_value());
    return std::nullopt;
  });
  EXPECT_EQ(sweep().value(), 0u);
  EXPECT_TRUE(exists(key));
  const auto events = keeper_.log.events();
  ASSERT_EQ(events.size(), 1u) << "the intent is closed by the record of a failure";
  EXPECT_EQ(text_member(events[0].json, "errorCode"), "KMSInternalException");
  EXPECT_EQ(events[0].request_id, keeper_.log.frames()[0].request_id);
}

TEST_F(DeletionSweeperTest, DamagedKeyDoesNotKeepOthersFromBeingDeleted) {
  const keys::KeyRecord damaged = due_key('1');
  const keys::KeyRecord other = due_key('2');
  ASSERT_TRUE(store::commit_now(store_, store::put(keys::layout::key(damaged.scope, damaged.id), "?")).has_value());
  const auto swept = sweep();
  ASSERT_FALSE(swept.has_value());
  EXPECT_EQ(swept.error().code(), ErrorCode::kCorrupt);
  EXPECT_TRUE(exists(damaged));
  EXPECT_FALSE(exists(other));
  EXPECT_FALSE(store_.get(keys::layout::kScrubOwed).value().has_value()) << "and what was deleted is scrubbed";
}

TEST_F(DeletionSweeperTest, FailedScrubIsMadeGoodByTheNextSweep) {
  due_key('1');
  int scrubs = 0;
  store_.on_scrub([&]() -> Status {
    if (++scrubs == 1) return fail(Error::io("the disk failed"));
    return {};
  });
  const auto swept = sweep();
  ASSERT_FALSE(swept.has_value());
  EXPECT_EQ(swept.error().code(), ErrorCode::kIo);
  EXPECT_EQ(sweep().value(), 0u);
  EXPECT_EQ(scrubs, 2);
  EXPECT_EQ(sweep().value(), 0u);
  EXPECT_EQ(scrubs, 2) << "nothing is owed any more";
}

TEST_F(DeletionSweeperTest, ScrubThatAnEarlierProcessOwesIsMadeGoodWithNothingDue) {
  ASSERT_TRUE(store::commit_now(store_, store::put(std::string(keys::layout::kScrubOwed), "")).has_value());
  int scrubs = 0;
  store_.on_scrub([&]() -> Status {
    ++scrubs;
    return {};
  });
  EXPECT_EQ(sweep().value(), 0u);
  EXPECT_EQ(scrubs, 1);
  EXPECT_TRUE(places(store_).empty());
}

TEST_F(DeletionSweeperTest, NothingIsDeletedWithoutItsIntent) {
  const keys::KeyRecord key = due_key('1');
  keeper_.log.on_append([](const audit::Frame&) { return Error::io("the disk is full"); });
  const auto swept = sweep();
  ASSERT_FALSE(swept.has_value());
  EXPECT_EQ(swept.error().code(), ErrorCode::kIo);
  EXPECT_TRUE(exists(key));
  keeper_.log.on_append({});
  EXPECT_EQ(sweep().value(), 1u);
  EXPECT_FALSE(exists(key));
}

TEST_F(DeletionSweeperTest, GoesOnBeyondOneReadOfDueEntries) {
  for (int i = 0; i < 300; ++i) {
    keys::KeyRecord key = pending_key(keeper_.clock.now());
    key.id = KeyId::make(keeper_.random);
    put_pending(store_, key);
  }
  const keys::KeyRecord later = [&] {
    keys::KeyRecord key = pending_key(keeper_.clock.now() + milliseconds(1));
    key.id = KeyId::make(keeper_.random);
    put_pending(store_, key);
    return key;
  }();
  EXPECT_EQ(sweep().value(), 300u);
  EXPECT_TRUE(exists(later));
}

// More than one commit can hold, with everything that lies in the store for a grant.
void put_grants(store::Store& store, const keys::KeyRecord& key, RandomSource& random, std::size_t count) {
  namespace layout = keys::layout;
  for (std::size_t made = 0; made < count;) {
    store::Commit commit;
    for (; made < count && commit.mutations.size() + 5 <= store::kMaxMutationsPerCommit; ++made) {
      keys::GrantRecord grant;
      grant.grantee = {"arn:aws:iam::111122223333:root", ""};
      if (made % 2 == 0) grant.retiring = grant.grantee;
      grant.issuer = key.scope.account;
      grant.operations = {keys::GrantOperation::kEncrypt};
      grant.name = "n" + std::to_string(made);
      const keys::GrantId id = keys::GrantId::make(random);
      const Bytes bytes = keys::encode(grant);
      commit.mutations.push_back(store::Put{layout::grant(key.scope, key.id, id), bytes});
      commit.mutations.push_back(store::Put{layout::grant_for(key.scope, key.id, grant.grantee.identity(), id), bytes});
      if (grant.retiring) {
        commit.mutations.push_back(
            store::Put{layout::retirable(grant.retiring->identity(), key.scope, key.id, id), {}});
      }
      commit.mutations.push_back(
          store::Put{layout::grant_named(key.scope, key.id, grant.request_hash()), keys::encode_grant_ids({id})});
    }
    ASSERT_TRUE(store::commit_now(store, std::move(commit)).has_value());
  }
  store::Commit counted;
  counted.mutations.push_back(
      store::Add{layout::grant_count(key.scope, key.id), static_cast<std::int64_t>(count), 1'000'000});
  ASSERT_TRUE(store::commit_now(store, std::move(counted)).has_value());
}

TEST_F(DeletionSweeperTest, GrantsGoWithTheirKeyAlsoWhenTheStoreFailsInBetween) {
  constexpr std::size_t kGrants = 2500;
  const keys::KeyRecord key = due_key('1');
  put_grants(store_, key, keeper_.random, kGrants);
  const auto left = [this] {
    std::uint64_t count = 0;
    for (const std::string_view prefix :
         {"grant/", "grant-for/", "retirable/", "grant-named/", "count/grants/", "grants-owed/"}) {
      count += store_.count(prefix).value();
    }
    return count;
  };
  ASSERT_EQ(left(), 3 * kGrants + kGrants / 2 + 1);
  int commits = 0;
  store_.on_commit([&commits](const store::Commit&) -> std::optional<Error> {
    if (++commits == 3) return Error::io("gone");
    return std::nullopt;
  });
  EXPECT_EQ(sweep().error().code(), ErrorCode::kIo);
  EXPECT_FALSE(exists(key)) << "the key goes first";
  EXPECT_GT(left(), 0u);
  EXPECT_EQ(sweep().value(), 0u);
  EXPECT_EQ(left(), 0u);
  EXPECT_EQ(store_.count("scrub-owed").value(), 0u);
  EXPECT_EQ(keeper_.log.events().size(), 1u) << "the key's event stands for its grants";
}

TEST_F(DeletionSweeperTest, ADamagedGrantKeepsNoOtherKeyFromBeingDeleted) {
  const keys::KeyRecord key = due_key('1');
  const keys::KeyRecord other = due_key('2');
  put_grants(store_, other, keeper_.random, 1);
  const std::string place = keys::layout::grant(key.scope, key.id, keys::GrantId::make(keeper_.random));
  ASSERT_TRUE(store::commit_now(store_, store::put(place, "damage")).has_value());
  EXPECT_EQ(sweep().error().code(), ErrorCode::kCorrupt);
  EXPECT_FALSE(exists(key));
  EXPECT_FALSE(exists(other));
  EXPECT_EQ(store_.count("grant/").value(), 1u);
}

}  // namespace
}  // namespace claviger::server
