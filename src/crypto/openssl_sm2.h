// SM2's private numbers and signatures from OpenSSL's curves and numbers, for the .cc files of this room only.
// OpenSSL's own signing (crypto/sm2/sm2_sign.c of 3.5) divides products of the private key by the order and compares
// the nonce with them, in branches that depend on both, and shows how many leading zero bytes a nonce has.
#pragma once

#include <openssl/bn.h>
#include <openssl/ec.h>

#include <array>
#include <cstdint>
#include <memory>
#include <string_view>

#include "base/bytes.h"
#include "crypto/asymmetric_key.h"
#include "crypto/openssl_handles.h"

namespace claviger::crypto {

using GroupHandle = std::unique_ptr<EC_GROUP, Freeing<EC_GROUP_free>>;
using PointHandle = std::unique_ptr<EC_POINT, Freeing<EC_POINT_clear_free>>;
// Wipes the numbers in it when it goes.
using BignumContextHandle = std::unique_ptr<BN_CTX, Freeing<BN_CTX_free>>;

inline constexpr std::size_t kSm2Bytes = 32;  // of a number of the field, of a private key, of SM3
using Sm3Digest = std::array<std::uint8_t, kSm2Bytes>;

// Who signs, where nothing else is agreed (GM/T 0009 section 10).
inline constexpr std::string_view kSm2Identity = "1234567812345678";

GroupHandle sm2_group();

// The private number of a key of SM2, in time that does not depend on it but for its leading zero words.
BignumHandle sm2_scalar(const PrivateKey& key);

// SM3 of Z and the message (GB/T 32918.2 section 6.1), where Z stands for the signer (section 5.5) with the identity
// above. Needs a key of SM2. Thread-safe.
Sm3Digest sm2_message_digest(const PrivateKey& key, ByteSpan message);

// A signature (GB/T 32918.2 section 6.1) of such a digest, of which nothing but its length, kSm2Bytes, is needed: the
// DER SEQUENCE of r and s. Needs a key of SM2. Thread-safe.
Bytes sm2_sign(const PrivateKey& key, ByteSpan digest);

}  // namespace claviger::crypto
