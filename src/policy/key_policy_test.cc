#include "policy/key_policy.h"

#include <gtest/gtest.h>

#include "policy/decision_fixtures.h"

namespace claviger::policy {
namespace {

class EverybodyIsOneUser final : public PrincipalDirectory {
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
  const auto document = accept_key_policy({text, kRoot, kKeyArn, kOwner}, EverybodyIsOneUser());
  ASSERT_TRUE(document);
  EXPECT_EQ(document->statements().front().sid, "Enable IAM User Permissions");
  EXPECT_TRUE(
      decide_on_key({kRoot, "kms:ScheduleKeyDeletion", kKeyArn}, {.owner = kOwner, .resource_policy = &*document})
          .allowed());
  EXPECT_NE(default_key_policy("aws-cn", kOwner).find("arn:aws-cn:iam::111122223333:root"), std::string::npos);
}

std::string policy_text(std::string_view effect, std::string_view principal, std::string_view action) {
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
           Row{"root statement, root", policy_text("Allow", "111122223333", "kms:*"), kRoot, true},
           Row{"root statement, user", policy_text("Allow", "111122223333", "kms:PutKeyPolicy"), kUser, true},
           Row{"only a user, root", policy_text("Allow", "arn:aws:iam::111122223333:user/u", "kms:*"), kRoot, false},
           Row{"only a user, that user", policy_text("Allow", "arn:aws:iam::111122223333:user/u", "kms:*"), kUser,
               true},
           Row{"everyone", policy_text("Allow", "*", "kms:Put*"), kRoot, true},
           Row{"without PutKeyPolicy", policy_text("Allow", "111122223333", "kms:Encrypt"), kRoot, false},
           Row{"denied", policy_text("Deny", "*", "kms:PutKeyPolicy"), kRoot, false},
       }) {
    KeyPolicySubmission submission{row.json, row.submitter, kKeyArn, kOwner};
    const auto result = accept_key_policy(submission, EverybodyIsOneUser());
    EXPECT_EQ(result.has_value(), row.accepted) << row.name;
    if (!result) {
      EXPECT_EQ(result.error().code(), ErrorCode::kMalformedPolicyDocument) << row.name;
      EXPECT_EQ(result.error().message(),
                "The new key policy will not allow you to update the key policy in the future.");
    }
    submission.bypass_lockout_safety_check = true;
    EXPECT_TRUE(accept_key_policy(submission, EverybodyIsOneUser())) << row.name;
  }
}

TEST(Lockout, WhatLimitsTheSubmitterLimitsIt) {
  const auto limit = [](std::string_view effect, std::string_view action) {
    return std::make_shared<const Document>(*Document::parse(
        DocumentKind::kIdentity, R"({"Statement":[{"Effect":")" + std::string(effect) + R"(","Action":")" +
                                     std::string(action) + R"(","Resource":"*"}]})"));
  };
  const auto put = limit("Allow", "kms:PutKeyPolicy");
  const auto encrypt = limit("Allow", "kms:Encrypt");
  const auto denied = limit("Deny", "kms:PutKeyPolicy");
  Principal session = kSession;
  session.unique_id = "AIDAU";
  const std::string to_role = policy_text("Allow", kRoleArn, "kms:*");
  const std::string to_user = policy_text("Allow", "arn:aws:iam::111122223333:user/u", "kms:*");
  const std::string to_account = policy_text("Allow", "111122223333", "kms:*");
  // Exempts the user, but nobody who has a boundary.
  const std::string all_but_user =
      R"({"Statement":[{"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*"},{"Effect":"Deny","NotPrincipal":
         {"AWS":["111122223333","arn:aws:iam::111122223333:user/u"]},"Action":"kms:PutKeyPolicy","Resource":"*"}]})";
  struct Row {
    std::string_view name;
    const std::string& json;
    const Principal& submitter;
    std::shared_ptr<const Document> boundary;
    std::vector<std::shared_ptr<const Document>> session;
    bool accepted;
  };
  for (const Row& row : {
           Row{"role, no limits", to_role, session, nullptr, {}, true},
           Row{"role, boundary allows", to_role, session, put, {}, true},
           Row{"role, boundary does not", to_role, session, encrypt, {}, false},
           Row{"role, session policy allows", to_role, session, nullptr, {put}, true},
           Row{"role, session policy does not", to_role, session, nullptr, {encrypt}, false},
           Row{"role, one of two session policies does", to_role, session, nullptr, {encrypt, put}, true},
           Row{"a named user is not limited", to_user, kUser, encrypt, {}, true},
           Row{"a boundary that denies", to_user, kUser, denied, {}, false},
           Row{"a session policy that denies", to_account, session, nullptr, {put, denied}, false},
           Row{"left to identity policies", to_account, session, encrypt, {encrypt}, true},
           Row{"NotPrincipal, no boundary", all_but_user, kUser, nullptr, {}, true},
           Row{"NotPrincipal never exempts who has a boundary", all_but_user, kUser, put, {}, false},
       }) {
    KeyPolicySubmission submission{row.json, row.submitter, kKeyArn, kOwner};
    submission.boundary = row.boundary.get();
    submission.session = row.session;
    EXPECT_EQ(accept_key_policy(submission, EverybodyIsOneUser()).has_value(), row.accepted) << row.name;
  }
}

TEST(Lockout, ForeignPrincipalsAreRefusedEvenWhenTheCheckIsBypassed) {
  const std::string json = policy_text("Allow", "444455556666", "kms:*");
  const auto result = accept_key_policy({json, kRoot, kKeyArn, kOwner, true}, EverybodyIsOneUser());
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().message(), "Policy contains a statement with one or more invalid principals.");
}

}  // namespace
}  // namespace claviger::policy
