// Asymmetric keys of the kinds that KMS keys and data key pairs have: made, read, written. What is done with them is in
// signature.h, oaep.h, sm2.h and key_agreement.h.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "base/bytes.h"
#include "base/secret.h"

namespace claviger::crypto {

enum class KeyKind : std::uint8_t {
  kRsa2048,
  kRsa3072,
  kRsa4096,
  kP256,
  kP384,
  kP521,
  kSecp256k1,
  kEd25519,
  kMlDsa44,
  kMlDsa65,
  kMlDsa87,
  kSm2,
};

constexpr bool is_rsa(KeyKind kind) {
  return kind == KeyKind::kRsa2048 || kind == KeyKind::kRsa3072 || kind == KeyKind::kRsa4096;
}
// On a curve in Weierstrass form: for key agreement, but for secp256k1, and for ECDSA, but for SM2, which has
// signatures of its own.
constexpr bool is_elliptic(KeyKind kind) {
  return kind == KeyKind::kP256 || kind == KeyKind::kP384 || kind == KeyKind::kP521 || kind == KeyKind::kSecp256k1 ||
         kind == KeyKind::kSm2;
}
constexpr bool can_agree(KeyKind kind) { return is_elliptic(kind) && kind != KeyKind::kSecp256k1; }
constexpr bool is_ml_dsa(KeyKind kind) {
  return kind == KeyKind::kMlDsa44 || kind == KeyKind::kMlDsa65 || kind == KeyKind::kMlDsa87;
}

// Longer encodings are refused unread. The largest keys that are made need 2.6 KB (ML-DSA-87, public) and 5 KB
// (ML-DSA-87, private).
inline constexpr std::size_t kMaxKeyEncodingBytes = 8192;

// Immutable, and cheap to copy. All functions are thread-safe.
class PublicKey final {
 public:
  // A DER SubjectPublicKeyInfo (RFC 5280) of this kind and nothing behind it. Nothing for another kind, a curve that is
  // not named, a point that is not on its curve, or an RSA key whose exponent is even or below 65,537.
  static std::optional<PublicKey> parse(KeyKind kind, ByteSpan spki);
  // The same without the checks of the numbers (RSA's modulus, the point at infinity, a point's order), which take long
  // (23 ms for 4,096 bits): for what spki() has made and nobody could change.
  static std::optional<PublicKey> parse_trusted(KeyKind kind, ByteSpan spki);
  Bytes spki() const;
  KeyKind kind() const;

 private:
  friend struct KeyAccess;  // openssl_keys.h: for the rest of crypto/
  struct Impl;
  explicit PublicKey(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}
  std::shared_ptr<const Impl> impl_;
};

// Move-only. Its numbers are in OpenSSL's memory, which is wiped when the object goes. Const functions are thread-safe.
class PrivateKey final {
 public:
  // With OpenSSL's random numbers for private values (CTR_DRBG, SP 800-90A), because it takes no others. RSA keys have
  // two primes and the exponent 65,537 (FIPS 186-5 appendix A.1) and take from a tenth of a second to seconds.
  static PrivateKey generate(KeyKind kind);
  // The same, but nothing soon after `stopped` became true.
  static std::optional<PrivateKey> generate_unless(KeyKind kind, const std::atomic<bool>& stopped);
  // A PKCS #8 PrivateKeyInfo (RFC 5208, RFC 5958), BER or DER, unencrypted, of this kind and with nothing behind it.
  // Nothing for another kind, more than two primes, a curve that is not named, and for numbers that do not belong
  // together. The public part is computed where it may be left out.
  static std::optional<PrivateKey> parse(KeyKind kind, const SecretBytes& pkcs8);
  // The same without the checks of the numbers, which take long: for what pkcs8() has made and nobody could change.
  static std::optional<PrivateKey> parse_trusted(KeyKind kind, const SecretBytes& pkcs8);

  PrivateKey(PrivateKey&&) noexcept;
  PrivateKey& operator=(PrivateKey&&) noexcept;
  ~PrivateKey();

  // DER. An elliptic key that was generated, or came with its public part, has that too.
  SecretBytes pkcs8() const;
  PublicKey public_key() const;
  KeyKind kind() const;

 private:
  friend struct KeyAccess;
  struct Impl;
  explicit PrivateKey(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace claviger::crypto
