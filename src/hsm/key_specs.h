// What the key specs of the API mean in this room: the name is what binds a token to its record, so it decides here
// too.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "crypto/asymmetric_key.h"
#include "crypto/hmac.h"

namespace claviger::hsm {

inline constexpr std::string_view kSymmetricDefault = "SYMMETRIC_DEFAULT";
// An imported HMAC key has at most twice the bytes of the longest hash: the reference has 1,024 bits.
inline constexpr std::size_t kMaxMacKeyBytes = 128;

// The hash of an HMAC spec.
std::optional<crypto::HashAlgorithm> mac_hash(std::string_view key_spec);
// How many bytes are drawn for the key of a spec whose keys are just random bytes.
std::optional<std::size_t> secret_key_bytes(std::string_view key_spec);
// The kind of an asymmetric spec.
std::optional<crypto::KeyKind> key_kind(std::string_view key_spec);

}  // namespace claviger::hsm
