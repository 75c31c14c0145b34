#include "crypto/oaep.h"

#include <gtest/gtest.h>

#include "base/testing.h"

namespace claviger::crypto {
namespace {

Bytes exposed(const SecretBytes& secret) { return to_bytes(insecure_expose(secret)); }

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
