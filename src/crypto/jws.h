// The two signatures of JSON Web Tokens that are accepted (RFC 7518 sections 3.3 and 3.4): verification only.
#pragma once

#include <cstddef>

#include "base/bytes.h"

namespace claviger::crypto {

inline constexpr std::size_t kMinRsaModulusBytes = 256;  // 2,048 bits
inline constexpr std::size_t kMaxRsaModulusBytes = 512;  // 4,096 bits
inline constexpr std::size_t kMaxRsaExponentBytes = 8;
inline constexpr std::size_t kEs256CoordinateBytes = 32;

// An RSA public key as big-endian integers without leading zeros. A view.
struct RsaPublicKey {
  ByteSpan modulus;
  ByteSpan exponent;
};
// A point of P-256, each coordinate 32 bytes. A view.
struct P256PublicKey {
  ByteSpan x, y;
};

// Whether the key is one that verify would use: sizes within the bounds above, an odd exponent above 1; a point that is
// on the curve. All functions are thread-safe.
[[nodiscard]] bool is_usable(const RsaPublicKey& key);
[[nodiscard]] bool is_usable(const P256PublicKey& key);

// RSASSA-PKCS1-v1_5 with SHA-256. False for every signature, key or message that does not verify, malformed ones
// included.
[[nodiscard]] bool rs256_verify(const RsaPublicKey& key, ByteSpan message, ByteSpan signature);
// ECDSA on P-256 with SHA-256; the signature is r and s, 32 bytes each. Likewise.
[[nodiscard]] bool es256_verify(const P256PublicKey& key, ByteSpan message, ByteSpan signature);

}  // namespace claviger::crypto
