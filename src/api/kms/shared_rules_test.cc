// Rules that several KMS actions share, at their edges.
#include <gtest/gtest.h>

#include "api/kms/alias.h"
#include "api/kms/ciphertext.h"
#include "api/kms/data_key.h"
#include "api/kms/key_metadata.h"
#include "api/kms/policy_name.h"

namespace claviger::api::kms {
namespace {

TEST(DataKeySize, ComesFromExactlyOneOfSpecAndNumber) {
  EXPECT_EQ(data_key_size(keys::DataKeySpec::kAes256, std::nullopt).value(), 32u);
  EXPECT_EQ(data_key_size(keys::DataKeySpec::kAes128, std::nullopt).value(), 16u);
  EXPECT_EQ(data_key_size(std::nullopt, 1024).value(), 1024u);
  for (const auto& size : {data_key_size(std::nullopt, std::nullopt), data_key_size(keys::DataKeySpec::kAes256, 32)}) {
    ASSERT_FALSE(size.has_value());
    EXPECT_EQ(size.error().code(), ErrorCode::kValidation);
    EXPECT_EQ(size.error().message(), "Please specify either number of bytes or key spec.");
  }
}

TEST(WritableAlias, RefusesWhatNoCallerMayMake) {
  EXPECT_EQ(writable_alias("alias/a/b_c-1").value().view(), "alias/a/b_c-1");
  EXPECT_EQ(writable_alias("alias/awsome").value().view(), "alias/awsome");
  struct Row {
    const char* text;
    ErrorCode code;
  };
  for (const Row& row :
       {Row{"a", ErrorCode::kValidation}, Row{"Alias/a", ErrorCode::kValidation},
        Row{"alias/", ErrorCode::kInvalidAliasName}, Row{"alias/a:b", ErrorCode::kInvalidAliasName},
        Row{"alias/aws/ebs", ErrorCode::kInvalidAliasName}, Row{"alias/aws/", ErrorCode::kInvalidAliasName}}) {
    const auto name = writable_alias(row.text);
    ASSERT_FALSE(name.has_value()) << row.text;
    EXPECT_EQ(name.error().code(), row.code) << row.text;
  }
}

TEST(PolicyName, IsDefaultOrLeftOut) {
  EXPECT_TRUE(check_policy_name(std::nullopt).has_value());
  EXPECT_TRUE(check_policy_name("default").has_value());
  for (const char* name : {"Default", "", "other"}) {
    const Status status = check_policy_name(name);
    ASSERT_FALSE(status.has_value()) << name;
    EXPECT_EQ(status.error().code(), ErrorCode::kNotFound);
    EXPECT_EQ(status.error().message(), "No such policy exists");
  }
}

TEST(Patterns, TakeTheCharactersThatTheModelNames) {
  EXPECT_TRUE(kPolicyPattern.matches("{\t\r\n \xc3\xbf}"));
  EXPECT_FALSE(kPolicyPattern.matches("\xc4\x80")) << "U+0100";
  EXPECT_FALSE(kPolicyPattern.matches("\x01"));
  EXPECT_TRUE(kMarkerPattern.matches(" ~\xc2\x80"));
  EXPECT_FALSE(kMarkerPattern.matches("\n"));
  EXPECT_TRUE(kAliasNamePattern.matches("alias/a:B_-9"));
  EXPECT_FALSE(kAliasNamePattern.matches("alias/a b"));
  EXPECT_TRUE(kPolicyNamePattern.matches("a_Z9"));
  EXPECT_FALSE(kPolicyNamePattern.matches("a-b"));
}

// What source_target() makes of a request, as text.
std::string target_of(const std::optional<Bytes>& blob, const std::optional<std::string>& key_id,
                      keys::EncryptionAlgorithm algorithm, bool dry_run, std::vector<DryRunModifier> modifiers) {
  const auto target = source_target({blob, key_id, "keyId", "kms:Decrypt", algorithm, dry_run, modifiers});
  if (!target) return target.error().message();
  return target->kind == Target::Kind::kCiphertext ? "ciphertext" : std::string(target->text);
}

TEST(SourceTarget, IsTheNamedKeyOrThatOfTheCiphertext) {
  constexpr auto kSymmetric = keys::EncryptionAlgorithm::kSymmetricDefault;
  const Bytes blob{1};
  const auto null_at = [](std::string_view member) {
    return "1 validation error detected: Value null at '" + std::string(member) +
           "' failed to satisfy constraint: Member must not be null";
  };
  EXPECT_EQ(target_of(blob, std::nullopt, kSymmetric, false, {}), "ciphertext");
  EXPECT_EQ(target_of(blob, "k", kSymmetric, false, {}), "k");
  EXPECT_EQ(target_of(std::nullopt, "k", kSymmetric, false, {}), null_at("ciphertextBlob"));
  EXPECT_EQ(target_of(blob, std::nullopt, keys::EncryptionAlgorithm::kRsaesOaepSha256, false, {}), null_at("keyId"))
      << "only a symmetric ciphertext names its key";
  EXPECT_EQ(target_of(std::nullopt, "k", kSymmetric, true, {DryRunModifier::kIgnoreCiphertext}), "k");
  EXPECT_EQ(target_of(blob, std::nullopt, kSymmetric, true, {DryRunModifier::kIgnoreCiphertext}), null_at("keyId"));
  EXPECT_EQ(target_of(blob, "k", kSymmetric, false, {DryRunModifier::kIgnoreCiphertext}),
            "DryRunModifiers can only be used when DryRun is true.");
}

TEST(SourceTarget, IsTheMakerOfASymmetricCiphertextOnly) {
  const std::optional<Bytes> blob = Bytes{1};
  const std::optional<std::string> key_id = "k";
  const std::vector<DryRunModifier> none, ignored{DryRunModifier::kIgnoreCiphertext};
  const auto is_maker = [&](keys::EncryptionAlgorithm algorithm, const std::vector<DryRunModifier>& modifiers) {
    return !source_target({blob, key_id, "keyId", "kms:Decrypt", algorithm, true, modifiers})->blob.empty();
  };
  EXPECT_TRUE(is_maker(keys::EncryptionAlgorithm::kSymmetricDefault, none));
  EXPECT_FALSE(is_maker(keys::EncryptionAlgorithm::kRsaesOaepSha256, none));
  EXPECT_FALSE(is_maker(keys::EncryptionAlgorithm::kSymmetricDefault, ignored));
}

TEST(OfferedAlgorithms, AreInTheOrderInWhichAwsTellsThem) {
  const auto offered = [](keys::KeySpec spec) {
    keys::KeyRecord key{.scope = {*AccountId::parse("111122223333"), *Region::parse("eu-west-1")},
                        .id = *KeyId::parse("1234abcd-12ab-34cd-56ef-1234567890ab")};
    key.spec = spec;
    key.usage = keys::KeyUsage::kSignVerify;
    std::string names;
    for (const auto algorithm : offered_algorithms<keys::SigningAlgorithm>(key)) {
      names += std::string(keys::name_of(algorithm)) + " ";
    }
    return names;
  };
  EXPECT_EQ(offered(keys::KeySpec::kRsa2048),
            "RSASSA_PKCS1_V1_5_SHA_256 RSASSA_PKCS1_V1_5_SHA_384 RSASSA_PKCS1_V1_5_SHA_512 "
            "RSASSA_PSS_SHA_256 RSASSA_PSS_SHA_384 RSASSA_PSS_SHA_512 ");
  EXPECT_EQ(offered(keys::KeySpec::kEccNistEdwards25519), "ED25519_SHA_512 ED25519_PH_SHA_512 ");
}

}  // namespace
}  // namespace claviger::api::kms
