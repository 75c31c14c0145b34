#include "keys/state_rules.h"

#include <algorithm>
#include <initializer_list>

#include "base/check.h"

namespace claviger::keys {
namespace {

// The states that the rule refuses.
std::initializer_list<KeyState> refused_states(StateRule rule) {
  using enum KeyState;
  static constexpr auto kNone = std::initializer_list<KeyState>{};
  static constexpr auto kUnusable = {kDisabled, kPendingDeletion, kPendingReplicaDeletion, kPendingImport, kCreating};
  static constexpr auto kDeletions = {kPendingDeletion, kPendingReplicaDeletion};
  static constexpr auto kDeletionsAndCreation = {kPendingDeletion, kPendingReplicaDeletion, kCreating};
  static constexpr auto kUnsettled = {kPendingDeletion, kPendingReplicaDeletion, kPendingImport, kCreating, kUpdating};
  static constexpr auto kDeletionsAndUpdate = {kPendingDeletion, kPendingReplicaDeletion, kUpdating};
  static constexpr auto kNotForParameters = {kPendingDeletion, kPendingReplicaDeletion, kCreating, kUpdating};
  static constexpr auto kTransient = {kCreating, kUpdating};
  static constexpr auto kUnsettledOrDisabled = {kDisabled,      kPendingDeletion, kPendingReplicaDeletion,
                                                kPendingImport, kCreating,        kUpdating};
  static constexpr auto kNotInDeletion = {kEnabled, kDisabled, kPendingImport, kCreating, kUpdating};
  switch (rule) {
    case StateRule::kAny:
      return kNone;
    case StateRule::kUsable:
    case StateRule::kRotationSettable:
    case StateRule::kPromotable:
      return kUnusable;
    case StateRule::kReadable:
    case StateRule::kImportable:
      return kDeletionsAndCreation;
    case StateRule::kNotPendingDeletion:
      return kDeletions;
    case StateRule::kSwitchable:
      return kUnsettled;
    case StateRule::kDeletable:
      return kDeletionsAndUpdate;
    case StateRule::kPendingDeletion:
      return kNotInDeletion;
    case StateRule::kImportPreparable:
      return kNotForParameters;
    case StateRule::kMaterialDeletable:
      return kTransient;
    case StateRule::kReplicable:
      return kUnsettledOrDisabled;
  }
  CLAVIGER_CHECK(false);
}

const char* words(KeyState state) {
  switch (state) {
    case KeyState::kEnabled:
      return "enabled";
    case KeyState::kDisabled:
      return "disabled";
    case KeyState::kPendingDeletion:
      return "pending deletion";
    case KeyState::kPendingReplicaDeletion:
      return "pending replica deletion";
    case KeyState::kPendingImport:
      return "pending import";
    case KeyState::kCreating:
      return "creating";
    case KeyState::kUpdating:
      return "updating";
  }
  CLAVIGER_CHECK(false);
}

}  // namespace

KeyState state_at(const KeyRecord& key, WallTime now) {
  if (key.state != KeyState::kEnabled && key.state != KeyState::kDisabled) return key.state;
  const bool expired = std::ranges::any_of(
      key.materials, [now](const Material& material) { return material.valid_to && *material.valid_to <= now; });
  return expired ? KeyState::kPendingImport : key.state;
}

Status check_state(StateRule rule, const KeyRecord& key, WallTime now) {
  const KeyState state = state_at(key, now);
  // A key that never had material can be disabled too, by CancelKeyDeletion.
  const bool nothing_to_read = (state == KeyState::kPendingImport && key.public_key.empty()) ||
                               (state == KeyState::kDisabled && key.materials.empty());
  if (rule == StateRule::kReadable && nothing_to_read) {
    return fail(ErrorCode::kKmsInvalidState, key.arn() + " is pending import.");
  }
  const auto refused = refused_states(rule);
  if (std::ranges::find(refused, state) == refused.end()) return {};
  if (rule == StateRule::kPendingDeletion) {
    return fail(ErrorCode::kKmsInvalidState, key.arn() + " is not pending deletion.");
  }
  const ErrorCode code = state == KeyState::kDisabled ? ErrorCode::kDisabled : ErrorCode::kKmsInvalidState;
  return fail(code, key.arn() + " is " + words(state) + ".");
}

}  // namespace claviger::keys
