#include "base/identifiers.h"

#include <gtest/gtest.h>

namespace claviger {
namespace {

class CountingRandom final : public RandomSource {
 public:
  void fill(MutableByteSpan out) override {
    for (std::uint8_t& byte : out) byte = next_++;
  }

 private:
  std::uint8_t next_ = 0;
};

TEST(AccountId, IsTwelveDigits) {
  EXPECT_TRUE(AccountId::parse("000000000000"));
  for (std::string_view bad : {"", "00000000000", "0000000000000", "00000000000a", " 00000000000"}) {
    EXPECT_FALSE(AccountId::parse(bad)) << bad;
  }
}

TEST(Region, IsWordsAndANumber) {
  for (std::string_view good : {"us-east-1", "us-gov-west-1", "ap-southeast-12", "cn-north-1"}) {
    EXPECT_TRUE(Region::parse(good)) << good;
  }
  for (std::string_view bad : {"", "us", "us-1", "us-east-", "US-east-1", "us--1", "us-east-1a", "us-east1-1",
                               "-us-east-1", "aaaaaaaaaaaaaaaaaaaa-bbbbbbbbbbbb-1"}) {
    EXPECT_FALSE(Region::parse(bad)) << bad;
  }
  EXPECT_EQ(Region::parse("cn-north-1")->partition(), "aws-cn");
  EXPECT_EQ(Region::parse("us-gov-west-1")->partition(), "aws-us-gov");
  EXPECT_EQ(Region::parse("us-isob-east-1")->partition(), "aws-iso-b");
  EXPECT_EQ(Region::parse("eu-west-1")->partition(), "aws");
}

TEST(KeyId, AcceptsUuidsAndMultiRegionIds) {
  EXPECT_TRUE(KeyId::parse("1234abcd-12ab-34cd-56ef-1234567890ab"));
  EXPECT_TRUE(KeyId::parse("mrk-1234abcd12ab34cd56ef1234567890ab")->is_multi_region());
  for (std::string_view bad : {"", "1234ABCD-12ab-34cd-56ef-1234567890ab", "1234abcd12ab34cd56ef1234567890ab",
                               "mrk-1234abcd12ab34cd56ef1234567890a", "1234abcd-12ab-34cd-56ef-1234567890abc",
                               "1234abcd-12ab-34cd-56ef_1234567890ab"}) {
    EXPECT_FALSE(KeyId::parse(bad)) << bad;
  }
}

TEST(KeyId, MadeOnesParseAndAreVersionFour) {
  CountingRandom random;
  for (int i = 0; i < 100; ++i) {
    const KeyId id = KeyId::make(random);
    EXPECT_EQ(KeyId::parse(id.view()), id);
    EXPECT_EQ(id.view()[14], '4');
  }
}

TEST(AliasName, Parses) {
  EXPECT_TRUE(AliasName::parse("alias/a"));
  EXPECT_TRUE(AliasName::parse("alias/aws/s3")->is_reserved());
  EXPECT_FALSE(AliasName::parse("alias/awsome")->is_reserved());
  EXPECT_TRUE(AliasName::parse("alias/" + std::string(250, 'x')));
  EXPECT_FALSE(AliasName::parse("alias/" + std::string(251, 'x')));
  for (std::string_view bad : {"", "alias/", "alias", "Alias/a", "alias/a b", "alias/a:b", "alias/\xc3\xa9"}) {
    EXPECT_FALSE(AliasName::parse(bad)) << bad;
  }
}

TEST(Arn, SplitsAndBuilds) {
  const Scope scope{*AccountId::parse("111122223333"), *Region::parse("eu-west-1")};
  const KeyId key = *KeyId::parse("1234abcd-12ab-34cd-56ef-1234567890ab");
  EXPECT_EQ(key_arn(scope, key), "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab");
  EXPECT_EQ(alias_arn(scope, "alias/x"), "arn:aws:kms:eu-west-1:111122223333:alias/x");
  EXPECT_EQ(account_root_arn("aws", scope.account), "arn:aws:iam::111122223333:root");
  const auto parts = split_arn("arn:aws:kms:eu-west-1:111122223333:key/a:b");
  ASSERT_TRUE(parts);
  EXPECT_EQ(parts->region, "eu-west-1");
  EXPECT_EQ(parts->resource, "key/a:b");
  for (std::string_view bad :
       {"", "arn:", "arn:aws:kms:eu-west-1:111122223333", "ARN:aws:kms:r:a:k", "xarn:a:b:c:d:e"}) {
    EXPECT_FALSE(split_arn(bad)) << bad;
  }
}

}  // namespace
}  // namespace claviger
