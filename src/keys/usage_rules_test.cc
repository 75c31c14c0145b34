#include "keys/usage_rules.h"

#include <gtest/gtest.h>

#include <string_view>

#include "keys/test_fixtures.h"

namespace claviger::keys {
namespace {

TEST(CheckEncryptionUsage, SymmetricKeysTakeSymmetricDefaultOnly) {
  const KeyRecord key = test_key();
  EXPECT_TRUE(check_usage(key, EncryptionAlgorithm::kSymmetricDefault, "Encrypt"));
  const std::pair<EncryptionAlgorithm, std::string> rows[] = {
      {EncryptionAlgorithm::kRsaesOaepSha1, "RSAES_OAEP_SHA_1"},
      {EncryptionAlgorithm::kRsaesOaepSha256, "RSAES_OAEP_SHA_256"},
      {EncryptionAlgorithm::kSm2Pke, "SM2PKE"},
  };
  for (const auto& [algorithm, name] : rows) {
    const Status status = check_usage(key, algorithm, "Encrypt");
    ASSERT_FALSE(status) << name;
    EXPECT_EQ(status.error().code(), ErrorCode::kInvalidKeyUsage);
    EXPECT_EQ(status.error().message(), "Algorithm " + name + " is incompatible with key spec SYMMETRIC_DEFAULT.");
  }
}

TEST(CheckEncryptionUsage, OtherUsagesAreRefusedFirst) {
  KeyRecord key = test_key();
  key.spec = KeySpec::kHmac224;
  key.usage = KeyUsage::kGenerateVerifyMac;
  const Status status = check_usage(key, EncryptionAlgorithm::kSymmetricDefault, "Encrypt");
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
  // Of each spec, how many algorithms it offers for signing, for codes and for key agreement (Developer Guide, "Key
  // spec reference").
  const struct {
    KeySpec spec;
    int signing, mac, agreement;
    bool asymmetric;
  } rows[] = {
      {KeySpec::kSymmetricDefault, 0, 0, 0, false},
      {KeySpec::kRsa2048, 6, 0, 0, true},
      {KeySpec::kRsa3072, 6, 0, 0, true},
      {KeySpec::kRsa4096, 6, 0, 0, true},
      {KeySpec::kEccNistP256, 1, 0, 1, true},
      {KeySpec::kEccNistP384, 1, 0, 1, true},
      {KeySpec::kEccNistP521, 1, 0, 1, true},
      {KeySpec::kEccSecgP256k1, 1, 0, 0, true},
      {KeySpec::kHmac224, 0, 1, 0, false},
      {KeySpec::kHmac256, 0, 1, 0, false},
      {KeySpec::kHmac384, 0, 1, 0, false},
      {KeySpec::kHmac512, 0, 1, 0, false},
      {KeySpec::kSm2, 1, 0, 1, true},
      {KeySpec::kMlDsa44, 1, 0, 0, true},
      {KeySpec::kMlDsa65, 1, 0, 0, true},
      {KeySpec::kMlDsa87, 1, 0, 0, true},
      {KeySpec::kEccNistEdwards25519, 2, 0, 0, true},
  };
  ASSERT_EQ(std::size(rows), Names<KeySpec>::kAll.size());
  const auto offered = []<class A>(KeySpec spec, std::type_identity<A>) {
    int count = 0;
    for (const auto& [algorithm, name] : Names<A>::kAll) count += offers(spec, algorithm) ? 1 : 0;
    return count;
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(name_of(row.spec));
    EXPECT_EQ(offered(row.spec, std::type_identity<SigningAlgorithm>()), row.signing);
    EXPECT_EQ(offered(row.spec, std::type_identity<MacAlgorithm>()), row.mac);
    EXPECT_EQ(offered(row.spec, std::type_identity<KeyAgreementAlgorithm>()), row.agreement);
    EXPECT_EQ(is_asymmetric(row.spec), row.asymmetric);
  }
  EXPECT_TRUE(offers(KeySpec::kEccNistP256, SigningAlgorithm::kEcdsaSha256));
  EXPECT_TRUE(offers(KeySpec::kEccSecgP256k1, SigningAlgorithm::kEcdsaSha256));
  EXPECT_TRUE(offers(KeySpec::kEccNistP384, SigningAlgorithm::kEcdsaSha384));
  EXPECT_TRUE(offers(KeySpec::kEccNistP521, SigningAlgorithm::kEcdsaSha512));
  EXPECT_TRUE(offers(KeySpec::kHmac384, MacAlgorithm::kHmacSha384));
  EXPECT_TRUE(offers(KeySpec::kMlDsa65, SigningAlgorithm::kMlDsaShake256));
}

TEST(KeyTypeOfSpec, IsSymmetricAsymmetricOrHmac) {
  EXPECT_EQ(type_of(KeySpec::kSymmetricDefault), KeyType::kSymmetric);
  for (const KeySpec spec : {KeySpec::kHmac224, KeySpec::kHmac256, KeySpec::kHmac384, KeySpec::kHmac512}) {
    EXPECT_EQ(type_of(spec), KeyType::kHmac);
  }
  for (const KeySpec spec : {KeySpec::kRsa2048, KeySpec::kEccNistP256, KeySpec::kEccSecgP256k1, KeySpec::kSm2,
                             KeySpec::kMlDsa44, KeySpec::kEccNistEdwards25519}) {
    EXPECT_EQ(type_of(spec), KeyType::kAsymmetric);
  }
}

TEST(CheckUsage, AnAlgorithmIsForOneUsage) {
  KeyRecord key = test_key();
  key.spec = KeySpec::kEccNistP256;
  key.usage = KeyUsage::kSignVerify;
  EXPECT_TRUE(check_usage(key, SigningAlgorithm::kEcdsaSha256, "Sign"));
  const Status agreement = check_usage(key, KeyAgreementAlgorithm::kEcdh, "DeriveSharedSecret");
  ASSERT_FALSE(agreement);
  EXPECT_EQ(agreement.error().message(),
            key.arn() + " key usage is SIGN_VERIFY which is not valid for DeriveSharedSecret.");
  const Status mac = check_usage(key, MacAlgorithm::kHmacSha256, "GenerateMac");
  ASSERT_FALSE(mac);
  EXPECT_EQ(mac.error().code(), ErrorCode::kInvalidKeyUsage);
  const Status other_hash = check_usage(key, SigningAlgorithm::kEcdsaSha384, "Sign");
  ASSERT_FALSE(other_hash);
  EXPECT_EQ(other_hash.error().message(), "Algorithm ECDSA_SHA_384 is incompatible with key spec ECC_NIST_P256.");
}

TEST(UsageRules, Sm2IsInTheChinaPartitionOnly) {
  for (const char* name : {"cn-north-1", "cn-northwest-1", "us-east-1", "ap-east-1", "us-gov-west-1"}) {
    const Region region = Region::parse(name).value();
    const bool china = std::string_view(name).starts_with("cn-");
    for (const auto& [spec, spec_name] : Names<KeySpec>::kAll) {
      EXPECT_EQ(check_region(spec, region, "KeySpec").has_value(), spec_name != "SM2" || china) << name << spec_name;
    }
  }
  const Status refused = check_region(KeySpec::kSm2, Region::parse("us-east-1").value(), "KeyPairSpec");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::kUnsupportedOperation);
  EXPECT_EQ(refused.error().message(), "KeyPairSpec SM2 is not supported in this Region");
}

}  // namespace
}  // namespace claviger::keys
