#include "keys/rotation_rules.h"

#include <gtest/gtest.h>

#include <functional>

#include "keys/test_fixtures.h"

namespace claviger::keys {
namespace {

using std::chrono::days;
using std::chrono::milliseconds;
using std::chrono::minutes;

KeyRecord scheduled_key(WallTime next) {
  KeyRecord key = test_key();
  key.rotation = {.period_days = 100, .next = next};
  return key;
}

Material other_material(std::uint8_t first) {
  Material material = test_key().materials.front();
  material.id[0] = first;
  return material;
}

KeyRecord with_pending(PendingMaterialState state) {
  KeyRecord key = test_imported_key();
  key.pending_material = {.material = other_material(9), .state = state};
  return key;
}

KeyRecord related_key(std::string_view primary) {
  KeyRecord key = test_key();
  key.id = test_multi_region_key_id();
  key.multi_region = {.primary = *Region::parse(primary), .replicas = {}};
  return key;
}

template <class Change>
KeyRecord changed(KeyRecord key, Change change) {
  change(key);
  return key;
}

KeyRecord in_state(KeyRecord key, KeyState state) {
  return changed(std::move(key), [state](KeyRecord& record) { record.state = state; });
}

constexpr auto kAllowed = static_cast<ErrorCode>(255);

struct RotationRow {
  const char* name;
  KeyRecord key;
  ErrorCode settable;
  ErrorCode readable;
  ErrorCode listable;
  ErrorCode on_demand;
};

const RotationRow kRotationRows[] = {
    {"symmetric", test_key(), kAllowed, kAllowed, kAllowed, kAllowed},
    {"disabled", in_state(test_key(), KeyState::kDisabled), ErrorCode::kDisabled, kAllowed, kAllowed,
     ErrorCode::kDisabled},
    {"pending deletion", in_state(test_key(), KeyState::kPendingDeletion), ErrorCode::kKmsInvalidState, kAllowed,
     kAllowed, ErrorCode::kKmsInvalidState},
    {"creating", in_state(test_key(), KeyState::kCreating), ErrorCode::kKmsInvalidState, kAllowed, kAllowed,
     ErrorCode::kKmsInvalidState},
    {"updating", in_state(test_key(), KeyState::kUpdating), kAllowed, kAllowed, kAllowed, kAllowed},
    {"RSA", changed(test_key(), [](KeyRecord& key) { key.spec = KeySpec::kRsa2048; }), ErrorCode::kUnsupportedOperation,
     kAllowed, ErrorCode::kUnsupportedOperation, ErrorCode::kUnsupportedOperation},
    {"HMAC, disabled: the kind comes first",
     in_state(changed(test_key(), [](KeyRecord& key) { key.spec = KeySpec::kHmac256; }), KeyState::kDisabled),
     ErrorCode::kUnsupportedOperation, kAllowed, ErrorCode::kUnsupportedOperation, ErrorCode::kUnsupportedOperation},
    {"RSA that waits for its import",
     in_state(changed(test_imported_key(), [](KeyRecord& key) { key.spec = KeySpec::kRsa2048; }),
              KeyState::kPendingImport),
     ErrorCode::kUnsupportedOperation, ErrorCode::kUnsupportedOperation, ErrorCode::kUnsupportedOperation,
     ErrorCode::kKmsInvalidState},
    {"AWS managed", changed(test_key(), [](KeyRecord& key) { key.manager = KeyManager::kAws; }),
     ErrorCode::kUnsupportedOperation, kAllowed, kAllowed, ErrorCode::kUnsupportedOperation},
    {"primary", related_key("eu-west-1"), kAllowed, kAllowed, kAllowed, kAllowed},
    {"replica", related_key("us-east-1"), ErrorCode::kUnsupportedOperation, kAllowed, kAllowed,
     ErrorCode::kUnsupportedOperation},
    {"imported", test_imported_key(), ErrorCode::kUnsupportedOperation, kAllowed, kAllowed,
     ErrorCode::kKmsInvalidState},
    {"waits for its import", in_state(test_imported_key(), KeyState::kPendingImport), ErrorCode::kUnsupportedOperation,
     ErrorCode::kUnsupportedOperation, kAllowed, ErrorCode::kKmsInvalidState},
    {"expired", changed(test_imported_key(), [](KeyRecord& key) { key.materials.front().valid_to = kNow; }),
     ErrorCode::kUnsupportedOperation, ErrorCode::kUnsupportedOperation, kAllowed, ErrorCode::kKmsInvalidState},
    {"imported, with material that waits", with_pending(PendingMaterialState::kPendingRotation),
     ErrorCode::kUnsupportedOperation, kAllowed, kAllowed, kAllowed},
    {"imported, with material that replicas wait for",
     with_pending(PendingMaterialState::kPendingMultiRegionImportAndRotation), ErrorCode::kUnsupportedOperation,
     kAllowed, kAllowed, ErrorCode::kKmsInvalidState},
    {"in a custom key store", changed(test_key(), [](KeyRecord& key) { key.origin = KeyOrigin::kAwsCloudHsm; }),
     ErrorCode::kUnsupportedOperation, kAllowed, ErrorCode::kUnsupportedOperation, ErrorCode::kUnsupportedOperation},
};

TEST(RotationRules, EachKindOfKeyAndStateIsAllowedWhatAwsAllowsIt) {
  const auto code = [](const Status& status) { return status ? kAllowed : status.error().code(); };
  for (const RotationRow& row : kRotationRows) {
    SCOPED_TRACE(row.name);
    EXPECT_EQ(code(check_schedulable(row.key, kNow)), row.settable);
    EXPECT_EQ(code(check_status_readable(row.key, kNow)), row.readable);
    EXPECT_EQ(code(check_rotations_listable(row.key)), row.listable);
    EXPECT_EQ(code(check_rotatable_on_demand(row.key, kNow)), row.on_demand);
  }
}

TEST(RotationRules, RefusalsNameTheKeyAndTheReason) {
  const std::string arn = test_key().arn();
  KeyRecord rsa = test_key();
  rsa.spec = KeySpec::kRsa2048;
  EXPECT_EQ(check_schedulable(rsa, kNow).error().message(),
            arn + " key spec is RSA_2048 which is not valid for this operation.");
  EXPECT_EQ(check_schedulable(test_imported_key(), kNow).error().message(),
            arn + " origin is EXTERNAL which is not valid for this operation.");
  const KeyRecord replica = related_key("us-east-1");
  EXPECT_EQ(check_schedulable(replica, kNow).error().message(), replica.arn() + " is not a multi-region primary key.");
  EXPECT_EQ(check_rotatable_on_demand(test_imported_key(), kNow).error().message(),
            "No available key material pending rotation for the key: " + arn + ".");
  EXPECT_EQ(check_rotatable_on_demand(in_state(test_imported_key(), KeyState::kPendingImport), kNow).error().message(),
            arn + " is pending import.");
}

TEST(RotateOnDemand, TwentyFiveTimesInTheKeysLifeAutomaticOnesApart) {
  KeyRecord key = test_key();
  enable_rotation(key, 90, kNow - days(30));
  for (std::uint8_t i = 0; i < 40; ++i) {
    if (i % 2 == 0) rotate(key, other_material(i), RotationType::kAutomatic, key.rotation->next);
  }
  key.rotation.reset();
  for (std::uint8_t i = 0; i < kMaxOnDemandRotations; ++i) {
    ASSERT_TRUE(check_rotatable_on_demand(key, kNow)) << int{i};
    rotate(key, other_material(i), RotationType::kOnDemand, kNow);
  }
  const Status refused = check_rotatable_on_demand(key, kNow);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::kLimitExceeded);
  EXPECT_EQ(refused.error().message(),
            "The on-demand rotations limit has been reached for the given keyId. No more on-demand rotations can be "
            "performed for this key: " +
                key.arn());
}

TEST(RotateOnDemand, NotWithinTwentyMinutesOfAnAutomaticRotation) {
  EXPECT_TRUE(check_rotatable_on_demand(scheduled_key(kNow + minutes(20) + milliseconds(1)), kNow));
  for (const auto ahead : {milliseconds(minutes(20)), milliseconds(0), milliseconds(-days(3))}) {
    const Status refused = check_rotatable_on_demand(scheduled_key(kNow + ahead), kNow);
    ASSERT_FALSE(refused) << ahead.count();
    EXPECT_EQ(refused.error().code(), ErrorCode::kConcurrentModification);
  }
}

TEST(RotateOnDemand, NotWhileReplicasWaitForTheLastOne) {
  KeyRecord key = related_key("eu-west-1");
  key.pending_material = {.material = other_material(1),
                          .state = PendingMaterialState::kPendingMultiRegionImportAndRotation};
  EXPECT_EQ(check_rotatable_on_demand(key, kNow).error().code(), ErrorCode::kConcurrentModification);
}

TEST(RotateOnDemand, LeavesTheScheduleAlone) {
  KeyRecord key = scheduled_key(kNow + days(50));
  rotate(key, other_material(7), RotationType::kOnDemand, kNow);
  EXPECT_EQ(key.rotation->next, kNow + days(50));
  ASSERT_EQ(key.materials.size(), 2u);
  EXPECT_EQ(key.current_material().id[0], 7);
  EXPECT_EQ(key.current_material().rotation, (MaterialRotation{kNow, RotationType::kOnDemand}));
  EXPECT_FALSE(key.materials.front().rotation) << "the first material came by no rotation";
}

TEST(Schedule, BeginsAnewWheneverItIsEnabled) {
  KeyRecord key = test_key();
  enable_rotation(key, 365, kNow);
  EXPECT_EQ(key.rotation, (AutomaticRotation{365, kNow + days(365)}));
  enable_rotation(key, 90, kNow + days(364));
  EXPECT_EQ(key.rotation, (AutomaticRotation{90, kNow + days(364 + 90)}));
}

TEST(Schedule, GoesOnFromItsDateAndFromNowWhenThatIsLongPast) {
  struct Case {
    milliseconds late;
    milliseconds next;  // after kNow, the date
  };
  for (const Case& row :
       {Case{milliseconds(0), days(100)}, Case{minutes(1), days(100)}, Case{kRotationLateness, days(100)},
        Case{kRotationLateness + milliseconds(1), days(101) + milliseconds(1)}, Case{days(1000), days(1100)}}) {
    KeyRecord key = scheduled_key(kNow);
    rotate(key, other_material(1), RotationType::kAutomatic, kNow + row.late);
    EXPECT_EQ(key.rotation->next, kNow + row.next) << row.late.count();
    EXPECT_EQ(key.current_material().rotation, (MaterialRotation{kNow + row.late, RotationType::kAutomatic}));
  }
}

TEST(Schedule, HasADueDateOnlyWhileTheKeyRotates) {
  const WallTime next = kNow - days(1);
  EXPECT_EQ(rotation_due(test_key()), std::nullopt) << "without a schedule";
  EXPECT_EQ(rotation_due(scheduled_key(next)), next);
  for (const KeyState state : {KeyState::kDisabled, KeyState::kPendingDeletion, KeyState::kPendingReplicaDeletion,
                               KeyState::kPendingImport, KeyState::kCreating}) {
    EXPECT_EQ(rotation_due(in_state(scheduled_key(next), state)), std::nullopt) << name_of(state);
  }
  KeyRecord updating = in_state(scheduled_key(next), KeyState::kUpdating);
  updating.next_state = KeyState::kEnabled;
  EXPECT_EQ(rotation_due(updating), next);
  updating.next_state = KeyState::kDisabled;
  EXPECT_EQ(rotation_due(updating), std::nullopt);
  KeyRecord related = related_key("eu-west-1");
  related.rotation = {.period_days = 90, .next = next};
  EXPECT_EQ(rotation_due(related), next);
  related.multi_region->primary = *Region::parse("us-east-1");
  EXPECT_EQ(rotation_due(related), std::nullopt) << "a replica rotates with its primary";
}

TEST(Schedule, IsHiddenWhileTheKeyIsPendingDeletionAndComesBack) {
  const KeyRecord key = scheduled_key(kNow);
  EXPECT_EQ(shown_rotation(key), key.rotation);
  EXPECT_EQ(shown_rotation(in_state(key, KeyState::kDisabled)), key.rotation);
  EXPECT_EQ(shown_rotation(in_state(key, KeyState::kPendingDeletion)), std::nullopt);
  EXPECT_EQ(shown_rotation(in_state(key, KeyState::kPendingReplicaDeletion)), std::nullopt);
}

}  // namespace
}  // namespace claviger::keys
