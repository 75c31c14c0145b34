#include "policy/key_policy.h"

#include <gtest/gtest.h>

namespace claviger::policy {
namespace {

constexpr std::string_view kKeyArn = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
const AccountId kOwner = *AccountId::parse("111122223333");
const Principal kRoot{PrincipalKind::kRoot, kOwner, "arn:aws:iam::111122223333:root", {}};
const Principal kUser{
    .kind = PrincipalKind::kUser, .account = kOwner, .arn = "arn:aws:iam::111122223333:user/u", .unique_id = "AIDAU"};

class OneAccount final : public PrincipalDirectory {
 public:
  bool account_exists(const AccountId& account) const override { return account == kOwner; }
  bool principal_exists(std::string_view) const override { return true; }
  std::optional<std::string> unique_id(std::string_view) const override { return "AIDAU"; }
  std::optional<std::string> arn_of(std::string_view) const override { return std::nullopt; }
};

TEST(DefaultKeyPolicy, IsAwsTextAndAllowsTheRootEverything) {
  const std::string text = default_key_policy("aws", kOwner);
  EXPECT_EQ(text,
            "{\n  \"Version\" : \"2012-10-17\",\n  \"Id\" : \"key-default-1\",\n  \"Statement\" : [ {\n"
            "    \"Sid\" : \"Enable IAM User Permissions\",\n    \"Effect\" : \"Allow\",\n    \"Principal\" : {\n"
            "      \"AWS\" : \"arn:aws:iam::111122223333:root\"\n    },\n    \"Action\" : \"kms:*\",\n"
            "    \"Resource\" : \"*\"\n  } ]\n}");
  const auto document = accept_key_policy({text, kRoot, kKeyArn, kOwner}, OneAccount());
  ASSERT_TRUE(document);
  EXPECT_EQ(document->statements().front().sid, "Enable IAM User Permissions");
  EXPECT_TRUE(
      decide_on_key({kRoot, "kms:ScheduleKeyDeletion", kKeyArn}, {.owner = kOwner, .resource_policy = &*document})
          .allowed());
  EXPECT_NE(default_key_policy("aws-cn", kOwner).find("arn:aws-cn:iam::111122223333:root"), std::string::npos);
}

std::string policy(std::string_view effect, std::string_view principal, std::string_view action) {
  return R"({"Statement":[{"Effect":")" + std::string(effect) + R"(","Principal":{"AWS":")" + std::string(principal) +
         R"("},"Action":")" + std::string(action) + R"(","Resource":"*"}]})";
}

TEST(Lockout, TheSubmitterMustBeAbleToReplaceThePolicy) {
  struct Row {
    std::string_view name;
    std::string json;
    Principal submitter;
    bool accepted;
  };
  for (const Row& row : {
           Row{"root statement, root", policy("Allow", "111122223333", "kms:*"), kRoot, true},
           Row{"root statement, user", policy("Allow", "111122223333", "kms:PutKeyPolicy"), kUser, true},
           Row{"only a user, root", policy("Allow", "arn:aws:iam::111122223333:user/u", "kms:*"), kRoot, false},
           Row{"only a user, that user", policy("Allow", "arn:aws:iam::111122223333:user/u", "kms:*"), kUser, true},
           Row{"everyone", policy("Allow", "*", "kms:Put*"), kRoot, true},
           Row{"without PutKeyPolicy", policy("Allow", "111122223333", "kms:Encrypt"), kRoot, false},
           Row{"denied", policy("Deny", "*", "kms:PutKeyPolicy"), kRoot, false},
       }) {
    KeyPolicySubmission submission{row.json, row.submitter, kKeyArn, kOwner};
    const auto result = accept_key_policy(submission, OneAccount());
    EXPECT_EQ(result.has_value(), row.accepted) << row.name;
    if (!result) {
      EXPECT_EQ(result.error().code(), ErrorCode::kMalformedPolicyDocument) << row.name;
      EXPECT_EQ(result.error().message(),
                "The new key policy will not allow you to update the key policy in the future.");
    }
    submission.bypass_lockout_safety_check = true;
    EXPECT_TRUE(accept_key_policy(submission, OneAccount())) << row.name;
  }
}

TEST(Lockout, ForeignPrincipalsAreRefusedEvenWhenTheCheckIsBypassed) {
  const std::string json = policy("Allow", "444455556666", "kms:*");
  const auto result = accept_key_policy({json, kRoot, kKeyArn, kOwner, true}, OneAccount());
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().message(), "Policy contains a statement with one or more invalid principals.");
}

}  // namespace
}  // namespace claviger::policy
