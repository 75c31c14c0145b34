// Which key state allows which kind of operation, and with which error it refuses (API page "Key states of AWS KMS
// keys"). An action names its rule; nothing else decides on states.
#pragma once

#include <cstdint>

#include "base/clock.h"
#include "base/result.h"
#include "keys/record.h"

namespace claviger::keys {

enum class StateRule : std::uint8_t {
  kAny,                 // allowed in every state: DescribeKey, GetKeyPolicy, DeleteAlias, ...
  kUsable,              // the key material is used: Encrypt, Decrypt, ... , CreateGrant
  kReadable,            // the public part is: GetPublicKey; there must have been key material
  kNotPendingDeletion,  // management that only a key pending deletion refuses: TagResource, CreateAlias, ...
  kSwitchable,          // EnableKey, DisableKey
  kDeletable,           // ScheduleKeyDeletion
  kPendingDeletion,     // CancelKeyDeletion
  kRotationSettable,    // EnableKeyRotation, DisableKeyRotation, RotateKeyOnDemand
  kImportable,          // ImportKeyMaterial
  kImportPreparable,    // GetParametersForImport
  kMaterialDeletable,   // DeleteImportedKeyMaterial
  kReplicable,          // ReplicateKey
  kPromotable,          // UpdatePrimaryRegion
};

// The key's state at `now`: PendingImport also from the moment on at which imported material of it expires, whether or
// not that has been written down already.
KeyState state_at(const KeyRecord& key, WallTime now);

// kDisabled `<key ARN> is disabled.`, or kKmsInvalidState `<key ARN> is <state>.` such as `pending deletion`, and
// `<key ARN> is not pending deletion.`. Cryptographic operations on a key pending deletion get kKmsInvalidState: the
// API page leaves the choice open, and it is what AWS KMS answers.
[[nodiscard]] Status check_state(StateRule rule, const KeyRecord& key, WallTime now);

}  // namespace claviger::keys
