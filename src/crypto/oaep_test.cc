#include "crypto/oaep.h"

#include <gtest/gtest.h>

#include "base/testing.h"
#include "crypto/oaep_stand_in.h"
#include "crypto/testing_oaep.h"

namespace claviger::crypto {
namespace {

TEST(Oaep, OpensWhatWasMadeForTheKeyAndTheHash) {
  const PrivateKey key = PrivateKey::generate(KeyKind::kRsa2048);
  const PrivateKey other = PrivateKey::generate(KeyKind::kRsa2048);
  for (const OaepHash hash : {OaepHash::kSha1, OaepHash::kSha256}) {
    for (const std::size_t size : {std::size_t{0}, std::size_t{1}, max_oaep_plaintext(KeyKind::kRsa2048, hash)}) {
      const Bytes plaintext(size, 0x5a);
      Bytes ciphertext = oaep_encrypt(key.public_key(), hash, SecretBytes::copy_of(plaintext));
      ASSERT_EQ(ciphertext.size(), 256U);
      const auto opened = oaep_decrypt(key, hash, ciphertext);
      ASSERT_TRUE(opened);
      EXPECT_EQ(exposed(*opened), plaintext);
      EXPECT_FALSE(oaep_decrypt(key, hash == OaepHash::kSha1 ? OaepHash::kSha256 : OaepHash::kSha1, ciphertext));
      EXPECT_FALSE(oaep_decrypt(other, hash, ciphertext));
      ciphertext[17] ^= 1;
      EXPECT_FALSE(oaep_decrypt(key, hash, ciphertext));
      EXPECT_FALSE(oaep_decrypt(key, hash, ByteSpan(ciphertext).first(255)));
      EXPECT_FALSE(oaep_decrypt(key, hash, {}));
    }
  }
}

TEST(Oaep, NothingThatIsWrongOpens) {
  const PrivateKey key = PrivateKey::generate(KeyKind::kRsa2048);
  const Bytes plaintext(32, 0x5a);
  for (const OaepHash hash : {OaepHash::kSha1, OaepHash::kSha256}) {
    const auto opened = oaep_decrypt(key, hash, oaep_encrypt_with(OaepFault::kNone, key.public_key(), hash, plaintext));
    ASSERT_TRUE(opened);
    EXPECT_EQ(exposed(*opened), plaintext);
    for (const OaepFault fault : kOaepFaults) {
      EXPECT_FALSE(oaep_decrypt(key, hash, oaep_encrypt_with(fault, key.public_key(), hash, plaintext)))
          << name_of(fault);
    }
  }
}

TEST(Oaep, WhatDoesNotOpenIsTheStandIn) {
  const PrivateKey key = PrivateKey::generate(KeyKind::kRsa2048);
  const PublicKey public_key = key.public_key();
  const Bytes plaintext(32, 0x5a), other(32, 0xa5);
  const auto decrypted = [&](ByteSpan ciphertext) {
    return exposed(oaep_decrypt_or(key, OaepHash::kSha256, ciphertext, SecretBytes::copy_of(other)));
  };
  EXPECT_EQ(decrypted(oaep_encrypt_with(OaepFault::kNone, public_key, OaepHash::kSha256, plaintext)), plaintext);
  for (const OaepFault fault : kOaepFaults) {
    EXPECT_EQ(decrypted(oaep_encrypt_with(fault, public_key, OaepHash::kSha256, plaintext)), other) << name_of(fault);
  }
  for (const std::size_t size : {std::size_t{0}, std::size_t{16}, std::size_t{31}, std::size_t{33}, std::size_t{190}}) {
    const SecretBytes another = SecretBytes::copy_of(Bytes(size, 0x5a));
    EXPECT_EQ(decrypted(oaep_encrypt(public_key, OaepHash::kSha256, another)), other) << size;
  }
  // A refusal leaves nothing behind for who asks OpenSSL next.
  EXPECT_EQ(decrypted(oaep_encrypt_with(OaepFault::kNone, public_key, OaepHash::kSha256, plaintext)), plaintext);
}

// Modulus bytes - 2 * hash bytes - 2 (RFC 8017 section 7.1.1).
TEST(Oaep, KnowsItsLimits) {
  EXPECT_EQ(max_oaep_plaintext(KeyKind::kRsa2048, OaepHash::kSha1), 214U);
  EXPECT_EQ(max_oaep_plaintext(KeyKind::kRsa3072, OaepHash::kSha1), 342U);
  EXPECT_EQ(max_oaep_plaintext(KeyKind::kRsa4096, OaepHash::kSha1), 470U);
  EXPECT_EQ(max_oaep_plaintext(KeyKind::kRsa2048, OaepHash::kSha256), 190U);
  EXPECT_EQ(max_oaep_plaintext(KeyKind::kRsa3072, OaepHash::kSha256), 318U);
  EXPECT_EQ(max_oaep_plaintext(KeyKind::kRsa4096, OaepHash::kSha256), 446U);
}

}  // namespace
}  // namespace claviger::crypto
