#include "keys/state_rules.h"

#include <gtest/gtest.h>

#include "keys/test_fixtures.h"

namespace claviger::keys {
namespace {

constexpr KeyState kStates[] = {
    KeyState::kEnabled,       KeyState::kDisabled, KeyState::kPendingDeletion, KeyState::kPendingReplicaDeletion,
    KeyState::kPendingImport, KeyState::kCreating, KeyState::kUpdating};

struct StateRow {
  StateRule rule;
  // For each of kStates: `.` allowed, `D` kDisabled, `S` kKmsInvalidState.
  std::string_view outcomes;
};

// The table of the API page "Key states of AWS KMS keys", for the keys that each kind of operation is for.
constexpr StateRow kStateTable[] = {
    {StateRule::kAny, "......."},
    {StateRule::kUsable, ".DSSSS."},
    {StateRule::kReadable, "..SSSS."},
    {StateRule::kNotPendingDeletion, "..SS..."},
    {StateRule::kSwitchable, "..SSSSS"},
    {StateRule::kDeletable, "..SS..S"},
    {StateRule::kPendingDeletion, "SS..SSS"},
    {StateRule::kRotationSettable, ".DSSSS."},
    {StateRule::kImportable, "..SS.S."},
    {StateRule::kImportPreparable, "..SS.SS"},
    {StateRule::kMaterialDeletable, ".....SS"},
    {StateRule::kReplicable, ".DSSSSS"},
    {StateRule::kPromotable, ".DSSSS."},
};

constexpr std::string_view kWords[] = {"enabled",        "disabled", "pending deletion", "pending replica deletion",
                                       "pending import", "creating", "updating"};

TEST(CheckState, EveryRuleInEveryState) {
  for (const StateRow& row : kStateTable) {
    for (std::size_t i = 0; i < std::size(kStates); ++i) {
      SCOPED_TRACE(testing::Message() << int(row.rule) << " in " << name_of(kStates[i]));
      KeyRecord key = test_key();
      key.state = kStates[i];
      const Status status = check_state(row.rule, key, key.created);
      ASSERT_EQ(status.has_value(), row.outcomes[i] == '.');
      if (status) continue;
      EXPECT_EQ(status.error().code(), row.outcomes[i] == 'D' ? ErrorCode::kDisabled : ErrorCode::kKmsInvalidState);
      const std::string what =
          row.rule == StateRule::kPendingDeletion ? "not pending deletion" : std::string(kWords[i]);
      EXPECT_EQ(status.error().message(), key.arn() + " is " + what + ".");
    }
  }
}

TEST(CheckState, APublicKeyOutlivesTheImportedKey) {
  KeyRecord key = test_key();
  key.state = KeyState::kPendingImport;
  key.public_key = {0x30};
  EXPECT_TRUE(check_state(StateRule::kReadable, key, key.created));
}

TEST(CheckState, ADisabledKeyThatNeverHadMaterialHasNothingToRead) {
  KeyRecord key = test_key();
  key.origin = KeyOrigin::kExternal;
  key.state = KeyState::kDisabled;
  EXPECT_TRUE(check_state(StateRule::kReadable, key, key.created));
  key.materials.clear();
  const Status refused = check_state(StateRule::kReadable, key, key.created);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message(), key.arn() + " is pending import.");
}

TEST(StateAt, MaterialExpiresByTheClock) {
  for (const KeyState state : kStates) {
    KeyRecord key = test_key();
    key.state = state;
    key.materials.push_back(key.materials.front());
    key.materials.front().valid_to = from_millis(2'000);
    EXPECT_EQ(state_at(key, from_millis(1'999)), state);
    const bool settled = state == KeyState::kEnabled || state == KeyState::kDisabled;
    EXPECT_EQ(state_at(key, from_millis(2'000)), settled ? KeyState::kPendingImport : state);
  }
  KeyRecord key = test_key();
  key.materials.front().valid_to = from_millis(2'000);
  EXPECT_TRUE(check_state(StateRule::kUsable, key, from_millis(1'999)));
  EXPECT_EQ(check_state(StateRule::kUsable, key, from_millis(2'000)).error().message(),
            key.arn() + " is pending import.");
}

}  // namespace
}  // namespace claviger::keys
