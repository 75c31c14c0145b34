#include "keys/multi_region_rules.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "keys/multi_region_family.h"

namespace claviger::keys {
namespace {

using std::chrono::days;

class CountingRandom final : public RandomSource {
 public:
  void fill(MutableByteSpan out) override {
    for (std::uint8_t& byte : out) byte = next_++;
  }

 private:
  std::uint8_t next_ = 0;
};

std::vector<Region> replicas_of(const KeyRecord& key) {
  std::vector<Region> regions;
  for (const Replica& replica : key.multi_region->replicas) regions.push_back(replica.region);
  std::ranges::sort(regions);
  return regions;
}

void expect_error(const Status& status, ErrorCode code, const std::string& message) {
  ASSERT_FALSE(status.has_value());
  EXPECT_EQ(status.error().code(), code);
  EXPECT_EQ(status.error().message(), message);
}

TEST(MultiRegion, AnIdIsOfAMultiRegionKey) {
  CountingRandom random;
  EXPECT_EQ(make_multi_region_id(random).view(), "mrk-000102030405060708090a0b0c0d0e0f");
}

TEST(CheckReplicable, KindThenStateThenPlace) {
  KeyRecord key = test_key();
  key.state = KeyState::kDisabled;
  expect_error(check_replicable(key, kThere, kNow), ErrorCode::kUnsupportedOperation,
               key.arn() + " is not a multi-region primary key.");
  Family family({kThere});
  expect_error(check_replicable(family.at(kThere), kElsewhere, kNow), ErrorCode::kUnsupportedOperation,
               family.at(kThere).arn() + " is not a multi-region primary key.");
  KeyRecord& primary = family.at(kHere);
  EXPECT_TRUE(check_replicable(primary, kElsewhere, kNow));
  for (const Region& taken : {kHere, kThere}) {
    const Status status = check_replicable(primary, taken, kNow);
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code(), ErrorCode::kAlreadyExists);
  }
  primary.state = KeyState::kDisabled;
  expect_error(check_replicable(primary, kThere, kNow), ErrorCode::kDisabled, primary.arn() + " is disabled.");
}

TEST(CheckReplicable, BothKeysOfAPromotionAreUpdating) {
  Family family({kThere});
  family.promote(kHere, kThere);
  for (const Region& region : {kHere, kThere}) {
    const KeyRecord& key = family.at(region);
    expect_error(check_replicable(key, kElsewhere, kNow), ErrorCode::kKmsInvalidState, key.arn() + " is updating.");
  }
}

TEST(Replication, ANewReplicaIsCreatingUntilTheMaterialIsThere) {
  Family family;
  family.replicate(kThere);
  EXPECT_EQ(family.at(kThere).state, KeyState::kCreating);
  EXPECT_TRUE(family.at(kThere).materials.empty());
  EXPECT_EQ(replicas_of(family.at(kHere)), std::vector{kThere});
  family.deliver();
  const KeyRecord& replica = family.at(kThere);
  EXPECT_EQ(replica.state, KeyState::kEnabled);
  EXPECT_EQ(replica.current_material().id, family.at(kHere).current_material().id);
  EXPECT_EQ(replica.current_material().token, token_in(kThere, replica.current_material()));
  EXPECT_EQ(replica.description, "replica");
  EXPECT_TRUE(replica.tags.empty());
  EXPECT_TRUE(replica.is_replica());
}

TEST(Replication, AllReplicasLearnOfEachOther) {
  Family family({kThere, kElsewhere});
  for (const Region& region : {kHere, kThere, kElsewhere}) {
    EXPECT_EQ(replicas_of(family.at(region)), (std::vector{kElsewhere, kThere})) << region.view();
    EXPECT_EQ(family.at(region).multi_region->primary, kHere);
    EXPECT_EQ(family.at(region).multi_region->version, family.at(kHere).multi_region->version);
  }
}

TEST(Replication, WhatIsSharedTravelsAndWhatIsNotDoesNot) {
  Family family({kThere});
  family.change(kHere, [](KeyRecord& key) {
    key.rotation = {.period_days = 90, .next = kNow};
    key.description = "other";
    key.tags.clear();
    key.state = KeyState::kDisabled;
  });
  family.deliver();
  EXPECT_EQ(family.at(kThere).rotation, family.at(kHere).rotation);
  EXPECT_EQ(family.at(kThere).description, "replica");
  EXPECT_EQ(family.at(kThere).state, KeyState::kEnabled);
}

TEST(Replication, OnlySharedChangesAreTold) {
  Family family({kThere});
  family.change(kHere, [](KeyRecord& key) { key.description = "other"; });
  family.change(kThere, [](KeyRecord& key) { key.state = KeyState::kDisabled; });
  EXPECT_TRUE(family.owed.empty());
}

TEST(Replication, AMessageThatIsNotNewerChangesNothing) {
  Family family({kThere});
  const KeyRecord replica = family.at(kThere);
  family.receive(kThere, kHere);
  EXPECT_EQ(family.at(kThere), replica);
}

TEST(Replication, AStateThatCannotBeTheKeysIsRefused) {
  const Family family({kThere});
  const auto refused = [&](const std::function<void(SharedState&, std::vector<Bytes>&)>& spoil) {
    Family other = family;
    SharedState state = shared_state(other.at(kHere));
    ++state.multi_region.version;
    std::vector<Bytes> tokens{{1}};
    spoil(state, tokens);
    const KeyRecord before = other.at(kThere);
    const Result<bool> applied = apply_state(other.at(kThere), std::move(state), std::move(tokens), kNow);
    EXPECT_EQ(other.at(kThere) == before, !applied.has_value());
    return !applied && applied.error().code() == ErrorCode::kCorrupt;
  };
  EXPECT_FALSE(refused([](auto&, auto&) {}));
  EXPECT_TRUE(refused([](auto& state, auto&) { state.spec = KeySpec::kHmac256; }));
  EXPECT_TRUE(refused([](auto& state, auto&) { state.usage = KeyUsage::kSignVerify; }));
  EXPECT_TRUE(refused([](auto& state, auto&) { state.origin = KeyOrigin::kExternal; }));
  EXPECT_TRUE(refused([](auto& state, auto& tokens) { state.materials.clear(), tokens.clear(); }));
  EXPECT_TRUE(refused([](auto& state, auto&) { state.public_key = {1}; }));
  EXPECT_TRUE(refused([](auto&, auto& tokens) { tokens.push_back({1}); }));
  EXPECT_TRUE(refused([](auto&, auto& tokens) { tokens.front().clear(); }));
  Family single;
  single.at(kHere).multi_region.reset();
  EXPECT_FALSE(apply_state(single.at(kHere), shared_state(family.keys.at(kHere)), {{1}}, kNow).has_value());
}

TEST(CheckPromotable, KindThenRegionThenStatesOfBoth) {
  Family family({kThere});
  KeyRecord& primary = family.at(kHere);
  KeyRecord& replica = family.at(kThere);
  EXPECT_TRUE(check_promotable(primary, kThere, &replica, kNow));
  expect_error(check_promotable(replica, kHere, &primary, kNow), ErrorCode::kUnsupportedOperation,
               replica.arn() + " is not a multi-region primary key.");
  expect_error(check_promotable(primary, kHere, nullptr, kNow), ErrorCode::kUnsupportedOperation,
               primary.arn() + " is in the primary Region already.");
  expect_error(check_promotable(primary, kElsewhere, nullptr, kNow), ErrorCode::kNotFound,
               "Key '" + key_arn({primary.scope.account, kElsewhere}, primary.id) + "' does not exist");
  replica.state = KeyState::kDisabled;
  expect_error(check_promotable(primary, kThere, &replica, kNow), ErrorCode::kDisabled,
               replica.arn() + " is disabled.");
  primary.state = KeyState::kDisabled;
  expect_error(check_promotable(primary, kThere, &replica, kNow), ErrorCode::kDisabled,
               primary.arn() + " is disabled.");
}

TEST(Promotion, BothAreReplicasAndUpdatingUntilTheNewPrimaryKnows) {
  Family family({kThere, kElsewhere});
  family.promote(kHere, kThere);
  EXPECT_EQ(family.at(kHere).state, KeyState::kUpdating);
  EXPECT_EQ(family.at(kThere).state, KeyState::kUpdating);
  EXPECT_TRUE(family.at(kHere).is_replica());
  EXPECT_TRUE(family.at(kThere).is_replica());
  family.deliver();
  for (const Region& region : {kHere, kThere, kElsewhere}) {
    EXPECT_EQ(family.at(region).state, KeyState::kEnabled) << region.view();
    EXPECT_EQ(family.at(region).multi_region->primary, kThere) << region.view();
    EXPECT_EQ(replicas_of(family.at(region)), (std::vector{kElsewhere, kHere})) << region.view();
  }
  family.promote(kThere, kHere);
  family.deliver();
  EXPECT_TRUE(family.at(kHere).is_primary());
  EXPECT_EQ(family.at(kElsewhere).multi_region->primary, kHere);
}

TEST(Promotion, TheNewPrimaryKeyIsTheSourceFromThenOn) {
  Family family({kThere, kElsewhere});
  family.promote(kHere, kThere);
  family.deliver();
  family.change(kThere, [](KeyRecord& key) { key.rotation = {.period_days = 100, .next = kNow}; });
  family.deliver();
  EXPECT_EQ(family.at(kHere).rotation, family.at(kThere).rotation);
  EXPECT_EQ(family.at(kElsewhere).rotation, family.at(kThere).rotation);
}

TEST(Deletion, APrimaryKeyWaitsUntilItsLastReplicaIsDeleted) {
  Family family({kThere, kElsewhere});
  family.change(kHere, [](KeyRecord& key) { schedule_deletion(key, 9, kNow - days(30)); });
  EXPECT_EQ(family.at(kHere).state, KeyState::kPendingReplicaDeletion);
  EXPECT_EQ(family.at(kHere).pending_window_days, 9);
  family.reports.push_back({kThere, kHere, {}});
  family.deliver();
  EXPECT_EQ(family.at(kHere).state, KeyState::kPendingReplicaDeletion);
  EXPECT_EQ(replicas_of(family.at(kElsewhere)), std::vector{kElsewhere}) << "the others are told";
  family.reports.push_back({kElsewhere, kHere, {}});
  family.deliver();
  EXPECT_EQ(family.at(kHere).state, KeyState::kPendingDeletion);
  EXPECT_EQ(family.at(kHere).deletion_date, kNow + days(9)) << "the waiting period begins with the last deletion";
  EXPECT_FALSE(family.at(kHere).pending_window_days.has_value());
}

TEST(Deletion, OthersWaitFromTheCallOn) {
  Family family({kThere});
  for (KeyRecord key : {family.at(kThere), test_key(), primary_key()}) {
    schedule_deletion(key, 7, kNow);
    EXPECT_EQ(key.state, KeyState::kPendingDeletion);
    EXPECT_EQ(key.deletion_date, kNow + days(7));
  }
}

TEST(Deletion, CancelledInEitherState) {
  Family family({kThere});
  for (const Region& region : {kHere, kThere}) {
    family.change(region, [](KeyRecord& key) { schedule_deletion(key, 7, kNow); });
    family.change(region, [](KeyRecord& key) { cancel_deletion(key); });
    EXPECT_EQ(family.at(region).state, KeyState::kDisabled);
    EXPECT_FALSE(family.at(region).deletion_date || family.at(region).pending_window_days);
  }
}

TEST(Deletion, CancelledBeforeTheMaterialArrivedTheReplicaGoesOnWaitingForIt) {
  Family family;
  family.replicate(kThere);
  family.change(kThere, [](KeyRecord& key) { schedule_deletion(key, 7, kNow); });
  family.change(kThere, [](KeyRecord& key) { cancel_deletion(key); });
  EXPECT_EQ(family.at(kThere).state, KeyState::kCreating);
  family.change(kThere, [](KeyRecord& key) { schedule_deletion(key, 7, kNow); });
  family.deliver();
  EXPECT_EQ(family.at(kThere).state, KeyState::kPendingDeletion) << "the material changes nothing about that";
  EXPECT_FALSE(family.at(kThere).materials.empty());
}

TEST(Deletion, AReportReachesWhoeverIsPrimaryByThen) {
  Family family({kThere, kElsewhere});
  family.promote(kHere, kThere);
  family.keys.erase(kElsewhere);
  family.reports.push_back({kElsewhere, kHere, {}});
  const KeyRecord before = family.at(kHere);
  EXPECT_EQ(apply_report(family.at(kHere), kElsewhere, {}, kNow).forward_to, kThere);
  EXPECT_EQ(family.at(kHere), before);
  family.owed.erase({kElsewhere, kHere});
  family.receive(kThere, kHere);
  family.owed.erase({kElsewhere, kThere});
  family.deliver();
  EXPECT_EQ(replicas_of(family.at(kThere)), std::vector{kHere});
  EXPECT_EQ(replicas_of(family.at(kHere)), std::vector{kHere});
}

void begin_rotation(KeyRecord& key) {
  Material next = key.materials.front();
  next.id.fill(0x77);
  next.token = {7};
  next.rotation = {.date = kNow - days(1), .type = RotationType::kOnDemand};
  key.pending_material = {next, PendingMaterialState::kPendingMultiRegionImportAndRotation};
}

TEST(Rotation, NewMaterialBecomesTheCurrentOneWhenEveryReplicaHasIt) {
  Family family({kThere, kElsewhere});
  const auto old = family.at(kHere).current_material().id;
  family.change(kHere, begin_rotation);
  family.receive(kThere, kHere);
  EXPECT_EQ(family.at(kThere).current_material().id, old);
  const auto next = family.at(kHere).pending_material->material.id;
  EXPECT_NE(family.at(kThere).find_material(next), nullptr) << "it decrypts already what others may encrypt soon";
  auto [from, to, report] = family.reports.back();
  family.reports.clear();
  EXPECT_TRUE(apply_report(family.at(kHere), from, report, kNow).changed);
  EXPECT_EQ(family.at(kHere).current_material().id, old) << "one of two";
  family.deliver();
  for (const Region& region : {kHere, kThere, kElsewhere}) {
    const KeyRecord& key = family.at(region);
    EXPECT_EQ(key.current_material().id, next) << region.view();
    EXPECT_EQ(key.current_material().rotation, (MaterialRotation{kNow, RotationType::kOnDemand}));
    EXPECT_FALSE(key.pending_material.has_value());
    EXPECT_EQ(key.materials.size(), 2u);
  }
}

TEST(Rotation, GoesOnAfterAPromotionAndADeletion) {
  Family promoted({kThere, kElsewhere});
  promoted.change(kHere, begin_rotation);
  promoted.promote(kHere, kThere);
  promoted.deliver();
  for (const auto& [region, key] : promoted.keys) EXPECT_EQ(key.materials.size(), 2u) << region.view();

  Family deleted({kThere});
  deleted.change(kHere, begin_rotation);
  deleted.owed.clear();
  deleted.reports.push_back({kThere, kHere, {}});
  deleted.deliver();
  EXPECT_EQ(deleted.at(kHere).materials.size(), 2u);
}

}  // namespace
}  // namespace claviger::keys
