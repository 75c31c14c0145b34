#include "server/expiry_sweeper.h"

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "keys/import_rules.h"
#include "keys/test_fixtures.h"
#include "server/deletion_sweeper.h"
#include "server/testing_worker.h"

namespace claviger::server {
namespace {

namespace layout = keys::layout;
using std::chrono::days;
using std::chrono::milliseconds;

class ExpirySweeperTest : public WorkerTest {
 protected:
  keys::KeyRecord expiring_key(std::string_view id = "1234abcd-12ab-34cd-56ef-1234567890ab") {
    keys::KeyRecord key = keys::test_key();
    key.id = KeyId::parse(id).value();
    key.origin = keys::KeyOrigin::kExternal;
    key.materials.front().valid_to = end_;
    return key;
  }
  void put_expiring(const keys::KeyRecord& key) {
    std::vector<store::Mutation> entries;
    for (const WallTime date : keys::expiry_dates(key)) {
      entries.push_back(store::Put{layout::expiry_due(date, key.scope, key.id), {}});
    }
    put(key, std::move(entries));
  }
  Result<std::size_t> sweep() { return ExpirySweeper(recorder_, store_, clock_, random_, logger_).run_once(); }
  std::size_t entries() { return store_.range(layout::kExpiryDue, "", 100)->size(); }
  bool owes_scrub() { return store_.get(std::string(layout::kScrubOwed)).value().has_value(); }

  // When they expire.
  const WallTime end_ = clock_.now();
};

TEST_F(ExpirySweeperTest, DeletesWhatHasExpiredAndNothingBefore) {
  const keys::KeyRecord key = expiring_key();
  put_expiring(key);
  clock_.set(end_ - milliseconds(1));
  EXPECT_EQ(sweep().value(), 0U);
  EXPECT_EQ(stored(key), key);
  clock_.set(end_);
  EXPECT_EQ(sweep().value(), 1U);
  const keys::KeyRecord after = stored(key);
  EXPECT_EQ(after.state, keys::KeyState::kPendingImport);
  EXPECT_TRUE(after.materials.front().token.empty());
  EXPECT_EQ(after.materials.front().id, key.materials.front().id);
  EXPECT_EQ(entries(), 0U);
  EXPECT_TRUE(owes_scrub());
  EXPECT_EQ(sweep().value(), 0U);
}

TEST_F(ExpirySweeperTest, TheEventIsCloudTrails) {
  const keys::KeyRecord key = expiring_key();
  put_expiring(key);
  ASSERT_TRUE(sweep().has_value());
  const auto events = log_.events();
  ASSERT_EQ(events.size(), 1U);
  const std::string& event = events.front().json;
  EXPECT_EQ(text_member(event, "eventName"), "DeleteExpiredKeyMaterial");
  EXPECT_EQ(text_member(event, "eventType"), "AwsServiceEvent");
  EXPECT_EQ(text_member(event, "ARN"), key.arn());
  EXPECT_NE(event.find(R"("requestParameters":null,"responseElements":null)"), std::string::npos) << event;
  EXPECT_NE(event.find(R"("serviceEventDetails":{"keyId":"1234abcd-12ab-34cd-56ef-1234567890ab","keyMaterialId":")" +
                       hex_encode(key.materials.front().id) + "\"}"),
            std::string::npos)
      << event;
}

TEST_F(ExpirySweeperTest, OfAKeyOfAnotherKindNoMaterialIdIsTold) {
  keys::KeyRecord key = expiring_key();
  key.spec = keys::KeySpec::kHmac256;
  key.usage = keys::KeyUsage::kGenerateVerifyMac;
  put_expiring(key);
  ASSERT_EQ(sweep().value(), 1U);
  EXPECT_NE(
      log_.events().front().json.find(R"("serviceEventDetails":{"keyId":"1234abcd-12ab-34cd-56ef-1234567890ab"})"),
      std::string::npos);
}

TEST_F(ExpirySweeperTest, EachMaterialIsAnEventOfItsOwn) {
  keys::KeyRecord key = expiring_key();
  keys::Material second = key.materials.front();
  second.id[0] ^= 1;
  key.materials.push_back(second);
  keys::Material later = second;
  later.id[0] ^= 2;
  later.valid_to = end_ + days(1);
  key.materials.push_back(later);
  keys::Material pending = second;
  pending.id[0] ^= 4;
  key.pending_material = keys::PendingMaterial{pending, keys::PendingMaterialState::kPendingRotation};
  put_expiring(key);
  EXPECT_EQ(entries(), 2U);
  EXPECT_EQ(sweep().value(), 1U);
  EXPECT_EQ(log_.events().size(), 3U);
  const keys::KeyRecord after = stored(key);
  EXPECT_TRUE(after.materials[0].token.empty());
  EXPECT_TRUE(after.materials[1].token.empty());
  EXPECT_EQ(after.materials[2], later);
  EXPECT_FALSE(after.pending_material);
  EXPECT_EQ(entries(), 1U);
}

TEST_F(ExpirySweeperTest, AKeyThatWaitsForItsDeletionLosesItsMaterialAndWaitsOn) {
  keys::KeyRecord key = expiring_key();
  key.state = keys::KeyState::kPendingDeletion;
  key.deletion_date = end_ + days(7);
  put_expiring(key);
  EXPECT_EQ(sweep().value(), 1U);
  EXPECT_EQ(stored(key).state, keys::KeyState::kPendingDeletion);
  EXPECT_TRUE(stored(key).materials.front().token.empty());
}

TEST_F(ExpirySweeperTest, AKeyThatIsDeletedTakesItsDatesWithIt) {
  keys::KeyRecord key = expiring_key();
  key.materials.front().valid_to = end_ + days(30);
  key.state = keys::KeyState::kPendingDeletion;
  key.deletion_date = end_;
  put_expiring(key);
  store::Commit due;
  due.mutations.push_back(store::Put{layout::due(end_, key.scope, key.id), {}});
  due.mutations.push_back(store::Add{layout::key_count(key.scope), 1, 10});
  ASSERT_TRUE(store::commit_now(store_, std::move(due)).has_value());
  EXPECT_EQ(DeletionSweeper(recorder_, store_, clock_, random_, logger_).run_once().value(), 1U);
  EXPECT_EQ(entries(), 0U);
}

TEST_F(ExpirySweeperTest, WhatWasImportedAnewMeanwhileStays) {
  const keys::KeyRecord key = expiring_key();
  put_expiring(key);
  keys::KeyRecord renewed = key;
  renewed.materials.front().valid_to.reset();
  // Between the look and the commit.
  bool first = true;
  store_.on_commit([&](const store::Commit&) -> std::optional<Error> {
    if (std::exchange(first, false)) {
      store::Commit other;
      other.mutations.push_back(store::Put{layout::key(key.scope, key.id), keys::encode(renewed)});
      CLAVIGER_CHECK(store::commit_now(store_.memory(), std::move(other)).has_value());
    }
    return std::nullopt;
  });
  EXPECT_EQ(sweep().value(), 0U);
  EXPECT_EQ(stored(key), renewed);
  store_.on_commit({});
  EXPECT_EQ(sweep().value(), 0U) << "the entry is stale";
  EXPECT_EQ(stored(key), renewed);
}

TEST_F(ExpirySweeperTest, WhoeverChangesTheKeyMeanwhileDoesNotPutItOff) {
  keys::KeyRecord key = expiring_key();
  put_expiring(key);
  int changes = 0;
  store_.on_commit([&](const store::Commit&) -> std::optional<Error> {
    if (++changes <= 3) {
      key.description = std::to_string(changes);
      store::Commit other;
      other.mutations.push_back(store::Put{layout::key(key.scope, key.id), keys::encode(key)});
      CLAVIGER_CHECK(store::commit_now(store_.memory(), std::move(other)).has_value());
    }
    return std::nullopt;
  });
  EXPECT_EQ(sweep().value(), 1U);
  EXPECT_EQ(stored(key).description, "3");
  EXPECT_TRUE(stored(key).materials.front().token.empty());
  EXPECT_EQ(entries(), 0U);
}

TEST_F(ExpirySweeperTest, OneDamagedKeyDoesNotSaveTheOthers) {
  const keys::KeyRecord bad = expiring_key("0234abcd-12ab-34cd-56ef-1234567890ab"), good = expiring_key();
  put_expiring(bad);
  put_expiring(good);
  store::Commit damage;
  damage.mutations.push_back(store::Put{layout::key(bad.scope, bad.id), {1, 2, 3}});
  ASSERT_TRUE(store::commit_now(store_, std::move(damage)).has_value());
  EXPECT_EQ(sweep().error().code(), ErrorCode::kCorrupt);
  EXPECT_EQ(stored(good).state, keys::KeyState::kPendingImport);
}

}  // namespace
}  // namespace claviger::server
