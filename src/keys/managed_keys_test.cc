#include "keys/managed_keys.h"

#include <gtest/gtest.h>

#include <set>

#include "keys/test_fixtures.h"

namespace claviger::keys {
namespace {

const ManagedKeyService& service(std::string_view alias) {
  const ManagedKeyService* found = managed_key_service(*AliasName::parse(std::string(alias)));
  EXPECT_NE(found, nullptr) << alias;
  return *found;
}

TEST(ManagedKeys, EachServiceIsFoundByItsAliasAndNothingElseIs) {
  std::set<std::string_view> names;
  for (const ManagedKeyService& one : managed_key_services()) {
    EXPECT_EQ(managed_key_service(predefined_alias(one)), &one);
    EXPECT_TRUE(names.insert(one.name).second) << one.name;
    for (const std::string_view text : {one.name, one.endpoint, one.title, one.protects}) EXPECT_FALSE(text.empty());
  }
  for (const char* of_aws : {"acm", "backup", "cloud9", "dynamodb", "ebs", "elasticfilesystem", "glue", "kinesis",
                             "lambda", "rds", "redshift", "s3", "secretsmanager", "sns", "sqs", "ssm"}) {
    EXPECT_TRUE(names.contains(of_aws)) << of_aws;
  }
  for (const char* none : {"alias/s3", "alias/aws/s", "alias/aws/s33", "alias/aws/S3", "alias/aws/s3/",
                           "alias/aws/x/s3", "alias/aws/zzz", "alias/aws/a", "alias/aws"}) {
    EXPECT_EQ(managed_key_service(*AliasName::parse(none)), nullptr) << none;
  }
}

TEST(ManagedKeys, TheServiceThatCallsIsTheOneThatTheKeyIsFor) {
  const Region region = *Region::parse("eu-west-1");
  EXPECT_EQ(via_service(service("alias/aws/s3").endpoint, region), "s3.eu-west-1.amazonaws.com");
  EXPECT_EQ(via_service(service("alias/aws/ebs").endpoint, region), "ec2.eu-west-1.amazonaws.com");
}

TEST(ManagedKeys, ANewKeyIsSymmetricAndRotatesEveryYear) {
  const WallTime now = from_millis(1'800'000'000'000);
  const KeyRecord key = new_managed_key(service("alias/aws/s3"), test_scope(), test_key_id(), now);
  EXPECT_EQ(key.manager, KeyManager::kAws);
  EXPECT_EQ(key.spec, KeySpec::kSymmetricDefault);
  EXPECT_EQ(key.usage, KeyUsage::kEncryptDecrypt);
  EXPECT_EQ(key.origin, KeyOrigin::kAwsKms);
  EXPECT_EQ(key.state, KeyState::kEnabled);
  EXPECT_EQ(key.created, now);
  EXPECT_EQ(key.description, "Default key that protects my S3 objects when no other key is defined");
  EXPECT_EQ(key.rotation, (AutomaticRotation{.period_days = 365, .next = now + std::chrono::days(365)}));
}

TEST(ManagedKeys, ThePolicyNamesTheServiceTheRegionAndTheAccount) {
  const std::string policy = managed_key_policy(service("alias/aws/s3"), test_scope());
  EXPECT_NE(policy.find(R"("kms:ViaService" : "s3.eu-west-1.amazonaws.com")"), std::string::npos) << policy;
  EXPECT_NE(policy.find(R"("kms:CallerAccount" : "111122223333")"), std::string::npos) << policy;
  EXPECT_NE(policy.find(R"("AWS" : "arn:aws:iam::111122223333:root")"), std::string::npos) << policy;
  const Scope china{test_scope().account, *Region::parse("cn-north-1")};
  EXPECT_NE(managed_key_policy(service("alias/aws/s3"), china).find("arn:aws-cn:iam::111122223333:root"),
            std::string::npos);
}

// Real accounts show it so: S3 uses its key for whoever asks, EBS by grants.
TEST(ManagedKeys, OnlyServicesThatUseGrantsMayMakeThem) {
  const auto mentions = [](std::string_view alias, std::string_view permission) {
    return managed_key_policy(service(alias), test_scope()).find(permission) != std::string::npos;
  };
  for (const char* permission : {"kms:CreateGrant", "kms:RevokeGrant"}) {
    EXPECT_TRUE(mentions("alias/aws/ebs", permission));
    EXPECT_FALSE(mentions("alias/aws/s3", permission));
  }
  for (const ManagedKeyService& one : managed_key_services()) {
    const std::string policy = managed_key_policy(one, test_scope());
    for (const char* never :
         {"kms:*", "kms:Put", "kms:Create*", "kms:Tag", "kms:Disable", "kms:Schedule", "kms:Update"}) {
      EXPECT_EQ(policy.find(never), std::string::npos) << one.name << " " << never;
    }
  }
}

}  // namespace
}  // namespace claviger::keys
