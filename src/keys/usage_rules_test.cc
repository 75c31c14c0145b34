#include "keys/usage_rules.h"

#include <gtest/gtest.h>

#include "keys/test_fixtures.h"

namespace claviger::keys {
namespace {

TEST(CheckEncryptionUsage, SymmetricKeysTakeSymmetricDefaultOnly) {
  const KeyRecord key = test_key();
  EXPECT_TRUE(check_encryption_usage(key, EncryptionAlgorithm::kSymmetricDefault, "Encrypt"));
  const std::pair<EncryptionAlgorithm, std::string> rows[] = {
      {EncryptionAlgorithm::kRsaesOaepSha1, "RSAES_OAEP_SHA_1"},
      {EncryptionAlgorithm::kRsaesOaepSha256, "RSAES_OAEP_SHA_256"},
      {EncryptionAlgorithm::kSm2Pke, "SM2PKE"},
  };
  for (const auto& [algorithm, name] : rows) {
    const Status status = check_encryption_usage(key, algorithm, "Encrypt");
    ASSERT_FALSE(status) << name;
    EXPECT_EQ(status.error().code(), ErrorCode::kInvalidKeyUsage);
    EXPECT_EQ(status.error().message(), "Algorithm " + name + " is incompatible with key spec SYMMETRIC_DEFAULT.");
  }
}

TEST(CheckEncryptionUsage, OtherUsagesAreRefusedFirst) {
  KeyRecord key = test_key();
  key.spec = KeySpec::kHmac224;
  key.usage = KeyUsage::kGenerateVerifyMac;
  const Status status = check_encryption_usage(key, EncryptionAlgorithm::kSymmetricDefault, "Encrypt");
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code(), ErrorCode::kInvalidKeyUsage);
  EXPECT_EQ(status.error().message(), key.arn() + " key usage is GENERATE_VERIFY_MAC which is not valid for Encrypt.");
}

TEST(UsageFits, EverySpecHasItsUsages) {
  // One letter for each usage that fits: (e)ncrypt, (s)ign, (m)ac, (a)gree.
  const std::pair<KeySpec, std::string> rows[] = {
      {KeySpec::kSymmetricDefault, "e"}, {KeySpec::kRsa2048, "es"},      {KeySpec::kRsa3072, "es"},
      {KeySpec::kRsa4096, "es"},         {KeySpec::kEccNistP256, "sa"},  {KeySpec::kEccNistP384, "sa"},
      {KeySpec::kEccNistP521, "sa"},     {KeySpec::kEccSecgP256k1, "s"}, {KeySpec::kEccNistEdwards25519, "s"},
      {KeySpec::kMlDsa44, "s"},          {KeySpec::kMlDsa65, "s"},       {KeySpec::kMlDsa87, "s"},
      {KeySpec::kHmac224, "m"},          {KeySpec::kHmac256, "m"},       {KeySpec::kHmac384, "m"},
      {KeySpec::kHmac512, "m"},          {KeySpec::kSm2, "esa"},
  };
  ASSERT_EQ(std::size(rows), Names<KeySpec>::kAll.size());
  const std::pair<KeyUsage, char> usages[] = {{KeyUsage::kEncryptDecrypt, 'e'},
                                              {KeyUsage::kSignVerify, 's'},
                                              {KeyUsage::kGenerateVerifyMac, 'm'},
                                              {KeyUsage::kKeyAgreement, 'a'}};
  for (const auto& [spec, fitting] : rows) {
    for (const auto& [usage, letter] : usages) {
      EXPECT_EQ(usage_fits(spec, usage), fitting.find(letter) != std::string::npos) << name_of(spec) << letter;
    }
  }
}

TEST(Offers, EveryAlgorithmBelongsToItsSpecs) {
  EXPECT_TRUE(offers(KeySpec::kRsa2048, EncryptionAlgorithm::kRsaesOaepSha1));
  EXPECT_TRUE(offers(KeySpec::kRsa4096, EncryptionAlgorithm::kRsaesOaepSha256));
  EXPECT_TRUE(offers(KeySpec::kSm2, EncryptionAlgorithm::kSm2Pke));
  EXPECT_FALSE(offers(KeySpec::kHmac256, EncryptionAlgorithm::kSymmetricDefault));
  EXPECT_FALSE(offers(KeySpec::kEccNistP256, EncryptionAlgorithm::kRsaesOaepSha1));
}

}  // namespace
}  // namespace claviger::keys
