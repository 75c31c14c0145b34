// For tests only: ciphertexts of RSAES-OAEP that are wrong in one chosen way.
#pragma once

#include <cstddef>
#include <string_view>

#include "base/bytes.h"
#include "crypto/asymmetric_key.h"
#include "crypto/oaep.h"

namespace claviger::crypto {

// What is wrong with the encoded message (RFC 8017 section 7.1.1) or, of the last five, what number stands in the
// ciphertext.
enum class OaepFault : std::uint8_t {
  kNone,
  kFirstByte,    // 1, not 0: what Manger's attack asks for
  kLabel,        // the hash of another label than the empty one
  kOtherHash,    // right, by the other hash
  kPaddingByte,  // a 2 among the zeros
  kNoSeparator,  // zeros to the end
  kPkcs1,        // padded by RSAES-PKCS1-v1_5
  kRandom,       // a random number below the modulus
  kZero,
  kOne,
  kModulus,  // the smallest number that is too large
  kLargest,
};
inline constexpr OaepFault kOaepFaults[] = {OaepFault::kFirstByte,   OaepFault::kLabel,       OaepFault::kOtherHash,
                                            OaepFault::kPaddingByte, OaepFault::kNoSeparator, OaepFault::kPkcs1,
                                            OaepFault::kRandom,      OaepFault::kZero,        OaepFault::kOne,
                                            OaepFault::kModulus,     OaepFault::kLargest};
std::string_view name_of(OaepFault fault);

// A ciphertext of the right length.
Bytes oaep_encrypt_with(OaepFault fault, const PublicKey& key, OaepHash hash, ByteSpan plaintext);

}  // namespace claviger::crypto
