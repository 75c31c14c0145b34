#include "hsm/import_token.h"

#include <gtest/gtest.h>

#include "hsm/test_support.h"

namespace claviger::hsm {
namespace {

const WallTime kTokenEnd = from_millis(1'767'225'600'123);

TEST(ImportToken, WhatIsWrittenIsReadAgain) {
  for (const char* algorithm :
       {"RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256", "RSA_AES_KEY_WRAP_SHA_1", "RSA_AES_KEY_WRAP_SHA_256"}) {
    for (const char* spec : {"RSA_2048", "RSA_3072", "RSA_4096"}) {
      const auto known = wrapping_algorithm(algorithm);
      const auto kind = wrapping_kind(spec);
      ASSERT_TRUE(known && kind);
      const auto read = decode_import_token(encode(ImportToken{*known, *kind, kTokenEnd, secret("private")}));
      ASSERT_TRUE(read);
      EXPECT_EQ(read->algorithm, *known);
      EXPECT_EQ(read->wrapping_kind, *kind);
      EXPECT_EQ(read->valid_until, kTokenEnd);
      EXPECT_TRUE(equal(read->private_key, secret("private")));
    }
  }
  const auto sm2 = decode_import_token(
      encode(ImportToken{WrappingAlgorithm::kSm2Pke, crypto::KeyKind::kSm2, kTokenEnd, secret("x")}));
  ASSERT_TRUE(sm2);
  EXPECT_EQ(wrapping_algorithm("SM2PKE"), sm2->algorithm);
  EXPECT_EQ(wrapping_kind("SM2"), sm2->wrapping_kind);
}

TEST(ImportToken, WhatIsNotBuiltHasNoNumber) {
  for (const char* algorithm : {"RSAES_PKCS1_V1_5", "SM2", "", "rsaes_oaep_sha_1"}) {
    EXPECT_FALSE(wrapping_algorithm(algorithm)) << algorithm;
  }
  for (const char* spec : {"SM2PKE", "RSA_1024", "ECC_NIST_P256", ""}) EXPECT_FALSE(wrapping_kind(spec)) << spec;
}

TEST(ImportToken, AnythingElseIsRefused) {
  const Bytes good = to_bytes(insecure_expose(encode(
      ImportToken{WrappingAlgorithm::kRsaesOaepSha256, crypto::KeyKind::kRsa2048, kTokenEnd, secret("private")})));
  const auto refused = [](ByteSpan bytes) { return !decode_import_token(SecretBytes::copy_of(bytes)); };
  ASSERT_FALSE(refused(good));
  for (std::size_t size = 0; size < good.size(); ++size) EXPECT_TRUE(refused(ByteSpan(good).first(size))) << size;
  Bytes longer = good;
  longer.push_back(0);
  EXPECT_TRUE(refused(longer));
  const auto with = [&good](std::size_t at, std::uint8_t byte) {
    Bytes changed = good;
    changed[at] = byte;
    return changed;
  };
  EXPECT_TRUE(refused(with(0, 2))) << "another version";
  for (const std::uint8_t number : Bytes{0, 1, 6, 7, 255}) EXPECT_TRUE(refused(with(1, number))) << "another algorithm";
  for (const std::uint8_t number : Bytes{0, 1, 5, 13}) EXPECT_TRUE(refused(with(2, number))) << "another spec";
  EXPECT_TRUE(refused(with(3, 0x80))) << "a time before the epoch";
  EXPECT_TRUE(refused(Bytes(good.begin(), good.begin() + 11))) << "no private key";
}

TEST(ImportToken, TheExampleOfTheFormatPageIsRead) {
  const Bytes example = example_of("import-token.md");
  const auto read = decode_import_token(SecretBytes::copy_of(example));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->algorithm, WrappingAlgorithm::kRsaAesKeyWrapSha256);
  EXPECT_EQ(read->wrapping_kind, crypto::KeyKind::kRsa3072);
  EXPECT_EQ(format_iso8601(read->valid_until), "2026-01-01T00:00:00Z");
  EXPECT_EQ(hex_encode(insecure_expose(read->private_key)), "b0b1b2b3");
  EXPECT_EQ(hex_encode(insecure_expose(encode(*read))), hex_encode(example));
}

}  // namespace
}  // namespace claviger::hsm
