// Derivation of keys from keys.
#pragma once

#include <cstddef>
#include <string_view>

#include "base/bytes.h"
#include "base/secret.h"
#include "crypto/digest.h"

namespace claviger::crypto {

// The most bytes `label` and `context` of derive_sp800_108() have together.
inline constexpr std::size_t kMaxKdfInfoBytes = 256;

// NIST SP 800-108r1 section 4.1, counter mode with HMAC-SHA-256, a 32-bit counter before the fixed
// input and a 32-bit output length in bits behind it:
//   K(i) = HMAC(key, [i] || label || 0x00 || context || [8 * out.size()])
// The key is the one `prf` was given; it must be used for derivation alone. Fills `out`, at most
// 255 * 32 bytes. A label never holds a zero byte, so that label and context cannot run together.
// Broken bounds are bugs, not input: they end the process.
void derive_sp800_108(HmacSha256& prf, std::string_view label, ByteSpan context, MutableByteSpan out);

// HKDF with SHA-256 (RFC 5869): from a secret of any length, at least one byte. An empty salt is none. Fills `out`, at
// most kMaxHkdfBytes. Broken bounds end the process.
inline constexpr std::size_t kMaxHkdfBytes = 255 * sizeof(Digest256);
void derive_hkdf(const SecretBytes& secret, ByteSpan salt, ByteSpan info, MutableByteSpan out);

}  // namespace claviger::crypto
