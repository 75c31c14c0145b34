// Which key state allows which kind of operation, and with which error it refuses (API page "Key states of AWS KMS
// keys"). An action names its rule; nothing else decides on states.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "keys/record.h"

namespace claviger::keys {

enum class StateRule : std::uint8_t {
  kAny,                 // allowed in every state: DescribeKey, GetKeyPolicy, DeleteAlias, ...
  kUsable,              // the key material is used: Encrypt, Decrypt, ...
  kNotPendingDeletion,  // management that a key pending deletion refuses: EnableKey, TagResource, ...
  kPendingDeletion,     // CancelKeyDeletion
};

// kDisabled `<key ARN> is disabled.`, or kKmsInvalidState `<key ARN> is pending deletion.` /
// `<key ARN> is not pending deletion.`. Cryptographic operations on a key pending deletion get kKmsInvalidState: the
// API page leaves the choice open, and it is what AWS KMS answers.
[[nodiscard]] Status check_state(StateRule rule, const KeyRecord& key);

}  // namespace claviger::keys
