// AES key wrap with padding (RFC 5649, SP 800-38F KWP), as imported key material is wrapped: unwrapping only, because
// the server wraps nothing so.
#pragma once

#include <cstddef>
#include <optional>

#include "base/bytes.h"
#include "base/secret.h"

namespace claviger::crypto {

inline constexpr std::size_t kWrappingKeyBytes = 32;
// Longer input is refused unread; the API takes 6,144 bytes.
inline constexpr std::size_t kMaxWrappedBytes = 8192;

// What was wrapped under the 256-bit `key`, at least one byte. Nothing when `key` has another length, and for whatever
// was not wrapped under it: a length that no wrapping has, and a failed check. Thread-safe.
[[nodiscard]] std::optional<SecretBytes> unwrap_with_padding(const SecretBytes& key, ByteSpan wrapped);

}  // namespace claviger::crypto
