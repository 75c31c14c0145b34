// Digital signatures: RSASSA-PSS and RSASSA-PKCS1-v1_5 (RFC 8017), ECDSA and Ed25519 (FIPS 186-5), ML-DSA (FIPS 204),
// SM2 (GB/T 32918.2, which is GM/T 0003.2).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "crypto/asymmetric_key.h"
#include "crypto/hmac.h"

namespace claviger::crypto {

enum class SignatureScheme : std::uint8_t { kRsaPss, kRsaPkcs1, kEcdsa, kEd25519, kEd25519Ph, kMlDsa, kSm2 };

struct SignatureAlgorithm {
  SignatureScheme scheme;
  HashAlgorithm hash = HashAlgorithm::kSha512;  // of the RSA schemes and ECDSA; the others have their own
};

// What is given of the message.
enum class MessageForm : std::uint8_t {
  kRaw,     // itself
  kDigest,  // of the RSA schemes, ECDSA and SM2: its digest
  kMu,      // of ML-DSA: the 64 bytes `mu` (FIPS 204 algorithm 7, line 6)
};

// Bytes in a mu.
inline constexpr std::size_t kMlDsaMuBytes = 64;

// Bytes in the digest that an algorithm takes in place of a message, where it takes one.
std::size_t digest_bytes(SignatureAlgorithm algorithm);

// Whether keys of this kind make signatures by this algorithm, and the form fits it: kDigest the RSA schemes, ECDSA and
// SM2, kMu ML-DSA, kRaw all.
bool can_sign(KeyKind kind, SignatureAlgorithm algorithm, MessageForm form);

// Needs can_sign(), and a digest or mu of the right length. PSS: MGF1 with the same hash, a salt of the digest's
// length. ECDSA and SM2: the DER SEQUENCE of r and s. SM2: the digest of a message is SM3's of Z, which stands for the
// signer with the identity `1234567812345678` (GM/T 0009 section 10), and the message; a given digest is signed as it
// is. Ed25519ph: the message is hashed by the scheme, with an empty context. ML-DSA: hedged, with an empty context.
// Thread-safe.
Bytes sign(const PrivateKey& key, SignatureAlgorithm algorithm, MessageForm form, ByteSpan message);

// Needs the same. False for every signature that does not verify, malformed ones included. Thread-safe.
[[nodiscard]] bool verify(const PublicKey& key, SignatureAlgorithm algorithm, MessageForm form, ByteSpan message,
                          ByteSpan signature);

}  // namespace claviger::crypto
