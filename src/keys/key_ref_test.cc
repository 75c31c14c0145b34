#include "keys/key_ref.h"

#include <gtest/gtest.h>

#include "keys/test_fixtures.h"

namespace claviger::keys {
namespace {

constexpr RefRule kCrypto{.aliases = true, .invalid_arn = false};
constexpr RefRule kDescribe{.aliases = true, .invalid_arn = true};
constexpr RefRule kManage{.aliases = false, .invalid_arn = true};
const std::string kKeyId = "1234abcd-12ab-34cd-56ef-1234567890ab";

TEST(ParseKeyRef, AcceptsTheFourForms) {
  for (const std::string& text : {kKeyId, kTestKeyArn}) {
    for (RefRule rule : {kCrypto, kDescribe, kManage}) {
      const auto ref = parse_key_ref(text, test_scope(), rule);
      ASSERT_TRUE(ref) << text;
      EXPECT_EQ(std::get<KeyById>(*ref).id.view(), kKeyId);
    }
  }
  for (const std::string text : {"alias/app", "arn:aws:kms:eu-west-1:111122223333:alias/app"}) {
    const auto ref = parse_key_ref(text, test_scope(), kCrypto);
    ASSERT_TRUE(ref) << text;
    EXPECT_EQ(std::get<KeyByAlias>(*ref).name.view(), "alias/app");
    EXPECT_FALSE(parse_key_ref(text, test_scope(), kManage)) << text;
  }
}

TEST(ParseKeyRef, AnArnNamesItsOwnAccount) {
  const auto ref = parse_key_ref("arn:aws:kms:eu-west-1:999999999999:key/" + kKeyId, test_scope(), kManage);
  ASSERT_TRUE(ref);
  EXPECT_EQ(std::get<KeyById>(*ref).account.view(), "999999999999");
}

TEST(ParseKeyRef, RefusesWithAwsTexts) {
  struct Row {
    std::string text;
    RefRule rule;
    ErrorCode code;
    std::string message;
  };
  const Row rows[] = {
      {"nope", kCrypto, ErrorCode::kNotFound, "Invalid keyId 'nope'"},
      {"1234ABCD-12ab-34cd-56ef-1234567890ab", kManage, ErrorCode::kNotFound,
       "Invalid keyId '1234ABCD-12ab-34cd-56ef-1234567890ab'"},
      {"alias/app", kManage, ErrorCode::kNotFound, "Invalid keyId 'alias/app'"},
      {"arn:aws:kms:us-east-1:111122223333:key/" + kKeyId, kCrypto, ErrorCode::kNotFound, "Invalid arn us-east-1"},
      {"arn:aws:kms:us-east-1:111122223333:alias/a", kCrypto, ErrorCode::kNotFound, "Invalid arn us-east-1"},
      {"arn:aws:kms:eu-west-1:111122223333:key/x", kManage, ErrorCode::kInvalidArn,
       "Invalid ARN 'arn:aws:kms:eu-west-1:111122223333:key/x'"},
      {"arn:aws:kms:eu-west-1:111122223333:key/x", kCrypto, ErrorCode::kNotFound,
       "Invalid keyId 'arn:aws:kms:eu-west-1:111122223333:key/x'"},
      {"arn:aws:kms:eu-west-1:111122223333:alias/a", kManage, ErrorCode::kInvalidArn,
       "Invalid ARN 'arn:aws:kms:eu-west-1:111122223333:alias/a'"},
      {"arn:aws-cn:kms:eu-west-1:111122223333:key/" + kKeyId, kManage, ErrorCode::kInvalidArn,
       "Invalid ARN 'arn:aws-cn:kms:eu-west-1:111122223333:key/" + kKeyId + "'"},
      {"arn:aws:s3:eu-west-1:111122223333:key/" + kKeyId, kManage, ErrorCode::kInvalidArn,
       "Invalid ARN 'arn:aws:s3:eu-west-1:111122223333:key/" + kKeyId + "'"},
      {"arn:aws:kms:eu-west-1:1:key/" + kKeyId, kManage, ErrorCode::kInvalidArn,
       "Invalid ARN 'arn:aws:kms:eu-west-1:1:key/" + kKeyId + "'"},
      {"arn:aws:kms", kManage, ErrorCode::kInvalidArn, "Invalid ARN 'arn:aws:kms'"},
  };
  for (const Row& row : rows) {
    const auto ref = parse_key_ref(row.text, test_scope(), row.rule);
    ASSERT_FALSE(ref) << row.text;
    EXPECT_EQ(ref.error().code(), row.code) << row.text;
    EXPECT_EQ(ref.error().message(), row.message);
  }
}

}  // namespace
}  // namespace claviger::keys
