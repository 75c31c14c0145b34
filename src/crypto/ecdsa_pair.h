// Verifying with OpenSSL's keys, for the .cc files of this room only.
#pragma once

#include <openssl/evp.h>

#include "base/bytes.h"

namespace claviger::crypto {

// Whether `signature`, in the form that OpenSSL reads, is `key`'s over `message` hashed by what OpenSSL names `digest`.
// A refusal may leave something in the thread's error queue.
[[nodiscard]] bool verify_hashed(EVP_PKEY* key, const char* digest, ByteSpan message, ByteSpan signature);

// The same for ECDSA with the signature's two numbers behind each other, as JOSE (RFC 7518 section 3.4) and COSE
// (RFC 9053 section 2.1) have them. `pair` has an even number of bytes, at most kMaxEcdsaPairBytes.
inline constexpr std::size_t kMaxEcdsaPairBytes = 132;  // of P-521
[[nodiscard]] bool verify_ecdsa_pair(EVP_PKEY* key, const char* digest, ByteSpan message, ByteSpan pair);

}  // namespace claviger::crypto
