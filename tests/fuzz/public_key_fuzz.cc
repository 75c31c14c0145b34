// Public keys from outside, as DeriveSharedSecret and attestation documents bring them: nothing reads out of bounds,
// what is accepted is written back byte for byte and accepted again, and can be used.
#include <array>
#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "crypto/asymmetric_key.h"
#include "crypto/key_agreement.h"
#include "crypto/oaep.h"

namespace {

using namespace claviger;
using crypto::KeyKind;

constexpr auto kKinds = std::to_array<KeyKind>(
    {KeyKind::kRsa2048, KeyKind::kRsa3072, KeyKind::kRsa4096, KeyKind::kP256, KeyKind::kP384, KeyKind::kP521,
     KeyKind::kSecp256k1, KeyKind::kEd25519, KeyKind::kMlDsa44, KeyKind::kMlDsa65, KeyKind::kMlDsa87, KeyKind::kSm2});

void use(KeyKind kind, const crypto::PublicKey& key) {
  static const crypto::PrivateKey p256 = crypto::PrivateKey::generate(KeyKind::kP256);
  static const crypto::PrivateKey p384 = crypto::PrivateKey::generate(KeyKind::kP384);
  static const crypto::PrivateKey sm2 = crypto::PrivateKey::generate(KeyKind::kSm2);
  if (kind == KeyKind::kP256) CLAVIGER_CHECK(crypto::agree(p256, key).size() == 32);
  if (kind == KeyKind::kP384) CLAVIGER_CHECK(crypto::agree(p384, key).size() == 48);
  if (kind == KeyKind::kSm2) CLAVIGER_CHECK(crypto::agree(sm2, key).size() == 32);
  if (crypto::is_rsa(kind)) {
    const auto ciphertext = crypto::oaep_encrypt(key, crypto::OaepHash::kSha256, SecretBytes(32));
    CLAVIGER_CHECK(ciphertext.size() == crypto::oaep_ciphertext_bytes(kind));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteSpan input(data, size);
  int accepted = 0;
  for (const KeyKind kind : kKinds) {
    const auto key = crypto::PublicKey::parse(kind, input);
    if (!key) continue;
    ++accepted;
    CLAVIGER_CHECK(key->kind() == kind);
    const Bytes written = key->spki();
    const auto again = crypto::PublicKey::parse(kind, written);
    // Whether a modulus that is no product of two primes is noticed depends on random numbers (SP 800-56B section
    // 6.4.2.2).
    CLAVIGER_CHECK(again.has_value() || crypto::is_rsa(kind));
    CLAVIGER_CHECK(!again || again->spki() == written);
    use(kind, *key);
  }
  // No key is of two kinds.
  CLAVIGER_CHECK(accepted <= 1);
  return 0;
}
