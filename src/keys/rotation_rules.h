// Rotation of key material (Developer Guide, "Rotate AWS KMS keys"): which keys rotate, when, and what a key's record
// is afterwards. Pure: new material is made elsewhere, and how a change is written and copied to replicas is not
// decided here.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/clock.h"
#include "base/result.h"
#include "keys/record.h"

namespace claviger::keys {

inline constexpr std::uint16_t kDefaultRotationPeriodDays = 365;
// Quota "On-demand rotations of a KMS key", over the key's whole life.
inline constexpr std::size_t kMaxOnDemandRotations = 25;
// RotateKeyOnDemand is refused so long before an automatic rotation, and when that is overdue.
inline constexpr std::chrono::minutes kOnDemandGuard{20};
// An automatic rotation that comes at most so much later than its date keeps the schedule; see rotate().
inline constexpr std::chrono::hours kRotationLateness{24};

// The checks, in AWS's order: the key's kind before its state. kUnsupportedOperation for a key that does not rotate so:
// `<key ARN> key spec is RSA_2048 which is not valid for this operation.`, likewise for an origin, and
// `<key ARN> is not a multi-region primary key.` for a replica; kDisabled and kKmsInvalidState as check_state().
//
// EnableKeyRotation and DisableKeyRotation.
[[nodiscard]] Status check_schedulable(const KeyRecord& key, WallTime now);
// GetKeyRotationStatus: of keys of every kind, those that never rotate too. kUnsupportedOperation in state
// PendingImport, as the table of key states has it.
[[nodiscard]] Status check_status_readable(const KeyRecord& key, WallTime now);
// ListKeyRotations: every state.
[[nodiscard]] Status check_rotations_listable(const KeyRecord& key);
// RotateKeyOnDemand. A key that waits for imported material says so whatever its kind (kKmsInvalidState). After kind
// and state: kKmsInvalidState when no imported material waits to be rotated in, kLimitExceeded after
// kMaxOnDemandRotations, kConcurrentModification within kOnDemandGuard of an automatic rotation and while the replicas
// do not have the material of the last one yet.
[[nodiscard]] Status check_rotatable_on_demand(const KeyRecord& key, WallTime now);

// Automatic rotation from now on, first after one period. Enabling it again begins the schedule anew.
void enable_rotation(KeyRecord& key, std::uint16_t period_days, WallTime now);

// The schedule as GetKeyRotationStatus shows it: none while the key is pending deletion, which CancelKeyDeletion ends.
std::optional<AutomaticRotation> shown_rotation(const KeyRecord& key);

// When the key is to be rotated automatically; it may be past. nullopt while it does not rotate: without a schedule,
// disabled, pending deletion, a replica, or with a rotation that its replicas do not have yet. This is the date of its
// entry layout::rotation_due(), which stands exactly when there is one.
std::optional<WallTime> rotation_due(const KeyRecord& key);

// `material` becomes the current one at `now`, or, made for a key with replicas, the pending one, which becomes current
// when all of them have it (apply_report()); imported material they have before. The others stay, for decryption. The
// caller has checked that the key rotates. An automatic rotation moves the schedule: to one period after its date, or,
// when it comes more than kRotationLateness late (the key was disabled, or the server stopped), to one period after
// `now`, as AWS KMS does with a key that is enabled again. So no key rotates twice for one date, nor to catch up. An
// on-demand rotation leaves the schedule alone.
void rotate(KeyRecord& key, Material material, RotationType type, WallTime now);

}  // namespace claviger::keys
