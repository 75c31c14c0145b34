#include <string>

#include "base/testing.h"
#include "cases.h"
#include "crypto/ed25519.h"
#include "crypto/key_agreement.h"
#include "crypto/oaep.h"
#include "crypto/signature.h"
#include "crypto/sm2.h"
#include "hsm/audit_signer.h"
#include "hsm/keyring.h"
#include "published.h"
#include "secrets.h"

namespace claviger::constant_time {
namespace {

using crypto::HashAlgorithm;
using crypto::KeyKind;
using crypto::MessageForm;
using crypto::SignatureAlgorithm;
using crypto::SignatureScheme;

constexpr int kTimes = 3;  // random numbers take part in most signatures

void sign(KeyKind kind, SignatureAlgorithm algorithm, MessageForm form = MessageForm::kRaw) {
  const crypto::PrivateKey key = secret_key(kind);
  const crypto::PublicKey public_key = known_key(kind).public_key();
  for (int i = 0; i < kTimes; ++i) {
    const std::string message = "a message of thirty-two bytes: " + std::to_string(i);
    const int before = published_outcomes();
    const Bytes signature = crypto::sign(key, algorithm, form, as_bytes(message));
    // r and s of ECDSA are published by who writes them down.
    expect(published_outcomes() > before || is_secret(signature), "a signature that depends on a secret");
    publish(signature);
    expect(crypto::verify(public_key, algorithm, form, as_bytes(message), signature), "a signature that verifies");
  }
}

void decrypt(KeyKind kind, crypto::OaepHash hash) {
  const crypto::PrivateKey key = secret_key(kind);
  const Bytes right =
      crypto::oaep_encrypt(known_key(kind).public_key(), hash, SecretBytes::copy_of(as_bytes("plaintext")));
  const auto open = [&](ByteSpan ciphertext) {
    const int before = published_outcomes();
    auto opened = crypto::oaep_decrypt(key, hash, ciphertext);
    expect(published_outcomes() > before, "an outcome that was secret");
    return opened;
  };
  const auto opened = open(right);
  expect(opened && opened->size() == 9, "a ciphertext that opens");
  expect_secret(*opened, "a plaintext");
  // Decrypts to a number with another first byte, and another hash of the label.
  Bytes wrong = right;
  wrong.back() ^= 1;
  expect(!open(wrong), "a ciphertext that does not open");
  const auto other = hash == crypto::OaepHash::kSha1 ? crypto::OaepHash::kSha256 : crypto::OaepHash::kSha1;
  const Bytes other_hash =
      crypto::oaep_encrypt(known_key(kind).public_key(), other, SecretBytes::copy_of(as_bytes("plaintext")));
  expect(!open(other_hash), "a ciphertext with another hash");
}

void decrypt_sm2() {
  const crypto::PrivateKey key = secret_key(KeyKind::kSm2);
  const Bytes right =
      crypto::sm2_encrypt(known_key(KeyKind::kSm2).public_key(), SecretBytes::copy_of(as_bytes("plaintext")));
  const auto open = [&](ByteSpan ciphertext) {
    const int before = published_outcomes();
    auto opened = crypto::sm2_decrypt(key, ciphertext);
    expect(published_outcomes() > before, "an outcome that was secret");
    return opened;
  };
  const auto opened = open(right);
  expect(opened && opened->size() == 9, "a ciphertext that opens");
  expect_secret(*opened, "a plaintext");
  // Its last byte is of the masked plaintext, and the one before that and its head the last of the hash.
  for (const std::size_t from_the_end : {1, 9 + 2 + 1}) {
    Bytes wrong = right;
    wrong[wrong.size() - from_the_end] ^= 1;
    expect(!open(wrong), "a ciphertext that does not open");
  }
}

void agree(KeyKind kind) {
  const crypto::PrivateKey key = secret_key(kind);
  const crypto::PublicKey peer = crypto::PrivateKey::generate(kind).public_key();
  for (int i = 0; i < kTimes; ++i) {
    const SecretBytes shared = crypto::agree(key, peer);
    expect_secret(shared, "a shared secret");
  }
}

void ed25519_of_a_seed() {
  std::array<std::uint8_t, 32> seed{};
  SecretRandom().fill(seed);
  auto public_key = crypto::ed25519_public_key(seed);
  auto signature = crypto::ed25519_sign(seed, as_bytes("message"));
  expect_secret(signature, "a signature");
  publish(public_key);
  publish(signature);
  expect(crypto::ed25519_verify(public_key, as_bytes("message"), signature), "a signature that verifies");
}

void audit_signer() {
  SecretRandom random;
  const hsm::Keyring keyring = hsm::Keyring::create_in_memory(random);
  const hsm::AuditSigner signer(keyring);
  expect_secret(signer.sign(as_bytes("message")), "a signature");
}

constexpr Case kCases[] = {
    {"sign-rsa-2048-pkcs1", [] { sign(KeyKind::kRsa2048, {SignatureScheme::kRsaPkcs1, HashAlgorithm::kSha256}); }},
    {"sign-rsa-2048-pss", [] { sign(KeyKind::kRsa2048, {SignatureScheme::kRsaPss, HashAlgorithm::kSha256}); }},
    {"sign-rsa-4096-pss", [] { sign(KeyKind::kRsa4096, {SignatureScheme::kRsaPss, HashAlgorithm::kSha512}); }},
    {"sign-ecdsa-p256", [] { sign(KeyKind::kP256, {SignatureScheme::kEcdsa, HashAlgorithm::kSha256}); }},
    {"sign-ecdsa-p384", [] { sign(KeyKind::kP384, {SignatureScheme::kEcdsa, HashAlgorithm::kSha384}); }},
    {"sign-ecdsa-p521", [] { sign(KeyKind::kP521, {SignatureScheme::kEcdsa, HashAlgorithm::kSha512}); }},
    {"sign-ecdsa-secp256k1", [] { sign(KeyKind::kSecp256k1, {SignatureScheme::kEcdsa, HashAlgorithm::kSha256}); }},
    {"sign-ed25519", [] { sign(KeyKind::kEd25519, {SignatureScheme::kEd25519}); }},
    {"sign-ed25519ph", [] { sign(KeyKind::kEd25519, {SignatureScheme::kEd25519Ph}); }},
    {"sign-ml-dsa-44", [] { sign(KeyKind::kMlDsa44, {SignatureScheme::kMlDsa}); }},
    {"sign-ml-dsa-65", [] { sign(KeyKind::kMlDsa65, {SignatureScheme::kMlDsa}); }},
    {"sign-ml-dsa-87", [] { sign(KeyKind::kMlDsa87, {SignatureScheme::kMlDsa}); }},
    {"sign-sm2dsa", [] { sign(KeyKind::kSm2, {SignatureScheme::kSm2}); }},
    {"sign-sm2dsa-digest", [] { sign(KeyKind::kSm2, {SignatureScheme::kSm2}, MessageForm::kDigest); }},
    {"decrypt-rsa-2048-oaep-sha-1", [] { decrypt(KeyKind::kRsa2048, crypto::OaepHash::kSha1); }},
    {"decrypt-rsa-2048-oaep-sha-256", [] { decrypt(KeyKind::kRsa2048, crypto::OaepHash::kSha256); }},
    {"decrypt-rsa-4096-oaep-sha-256", [] { decrypt(KeyKind::kRsa4096, crypto::OaepHash::kSha256); }},
    {"decrypt-sm2pke", decrypt_sm2},
    {"agree-p256", [] { agree(KeyKind::kP256); }},
    {"agree-p384", [] { agree(KeyKind::kP384); }},
    {"agree-p521", [] { agree(KeyKind::kP521); }},
    {"agree-sm2", [] { agree(KeyKind::kSm2); }},
    {"ed25519-of-a-seed", ed25519_of_a_seed},
    {"audit-signer", audit_signer},
};

}  // namespace

std::span<const Case> private_key_cases() { return kCases; }

}  // namespace claviger::constant_time
