// Users and role sessions through the pipeline: their calls are decided by their identity policies, and recorded as
// CloudTrail names them.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "base/testing.h"
#include "iam/access_key_rules.h"
#include "iam/entity_rules.h"
#include "iam/permission_rules.h"
#include "iam/policy_rules.h"
#include "iam/sts_rules.h"
#include "server/testing_world.h"

namespace claviger::server {
namespace {

using iam::EntityKind;
using iam::Holder;
using iam::RuleContext;

std::string policy_for(std::string_view effect, std::string_view action) {
  return fmt::format(R"({{"Version":"2012-10-17","Statement":[{{"Effect":"{}","Action":"{}","Resource":"*"}}]}})",
                     effect, action);
}

class PipelineIamTest : public testing::Test {
 protected:
  PipelineIamTest() {
    world_.change_iam([&](const RuleContext& c) { return create_user(c, {.account = account_, .name = "u"}); });
    world_.change_iam([&](const RuleContext& c) {
      return create_access_key(c, world_.credential_sealer, account_, "u",
                               iam::AccessKey{"USERKEY", SecretBytes::copy_of(as_bytes("usersecret"))});
    });
    world_.change_iam([&](const RuleContext& c) {
      return create_role(
          c, {.principal = {.account = account_, .name = "r"},
              .trust_policy = R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":)"
                              R"("arn:aws:iam::111122223333:user/u"},"Action":"sts:AssumeRole"}]})"});
    });
    key_ = world_.create_key();
  }
  iam::TestSigner user() const {
    iam::TestSigner signer = iam::test_signer();
    signer.key_id = "USERKEY";
    signer.secret = "usersecret";
    return signer;
  }
  TestReply describe(const iam::TestSigner& signer) {
    return world_.call_as(signer, "DescribeKey", R"({"KeyId":")" + key_ + "\"}");
  }
  void put_policy(const Holder& holder, std::string_view effect, std::string_view action) {
    const std::string document = policy_for(effect, action);
    world_.change_iam([&](const RuleContext& c) { return put_inline_policy(c, holder, "p", document); });
  }
  std::string last_event() { return world_.log.events().back().json; }

  TestWorld world_;
  const AccountId account_ = *AccountId::parse(iam::kTestAccount);
  const Holder user_{EntityKind::kUser, account_, "u"};
  const Holder role_{EntityKind::kRole, account_, "r"};
  std::string key_;
};

TEST_F(PipelineIamTest, AUsersIdentityPoliciesDecideWhereTheKeyPolicyDelegates) {
  const TestReply without = describe(user());
  EXPECT_EQ(without.error(), "AccessDeniedException");
  EXPECT_NE(without.message().find("User: arn:aws:iam::111122223333:user/u is not authorized to perform: "
                                   "kms:DescribeKey"),
            std::string::npos)
      << without.message();
  put_policy(user_, "Allow", "kms:Describe*");
  EXPECT_EQ(describe(user()).status, 200);
  EXPECT_EQ(world_.call_as(user(), "ListKeys", "{}").error(), "AccessDeniedException");
  put_policy(user_, "Allow", "kms:*");
  EXPECT_EQ(world_.call_as(user(), "ListKeys", "{}").status, 200);
  put_policy(user_, "Deny", "kms:DescribeKey");
  EXPECT_EQ(describe(user()).error(), "AccessDeniedException");
}

TEST_F(PipelineIamTest, ABoundaryLimitsAUser) {
  put_policy(user_, "Allow", "kms:*");
  world_.change_iam([&](const RuleContext& c) {
    return create_policy(c, {.account = account_, .name = "b", .document = policy_for("Allow", "kms:ListKeys")});
  });
  world_.change_iam([&](const RuleContext& c) { return put_boundary(c, user_, "arn:aws:iam::111122223333:policy/b"); });
  EXPECT_EQ(describe(user()).error(), "AccessDeniedException");
  EXPECT_EQ(world_.call_as(user(), "ListKeys", "{}").status, 200);
}

TEST_F(PipelineIamTest, TheLockoutCheckSeesWhatLimitsTheCaller) {
  put_policy(user_, "Allow", "kms:*");
  const std::string body = R"({"Policy":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":)"
                           R"(\"arn:aws:iam::111122223333:user/u\"},\"Action\":\"kms:*\",\"Resource\":\"*\"}]}"})";
  const auto create = [&] { return world_.call_as(user(), "CreateKey", body); };
  EXPECT_EQ(create().status, 200);
  const std::string limit = R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},)"
                            R"({"Effect":"Deny","Action":"kms:PutKeyPolicy","Resource":"*"}]})";
  world_.change_iam(
      [&](const RuleContext& c) { return create_policy(c, {.account = account_, .name = "b", .document = limit}); });
  world_.change_iam([&](const RuleContext& c) { return put_boundary(c, user_, "arn:aws:iam::111122223333:policy/b"); });
  EXPECT_EQ(create().error(), "MalformedPolicyDocumentException");
  EXPECT_EQ(create().message(), "The new key policy will not allow you to update the key policy in the future.");
}

TEST_F(PipelineIamTest, ARevokedKeyIsRefusedAtOnce) {
  put_policy(user_, "Allow", "kms:*");
  EXPECT_EQ(describe(user()).status, 200);
  world_.change_iam([&](const RuleContext& c) {
    return update_access_key(c, account_, "u", "USERKEY", iam::AccessKeyStatus::kInactive);
  });
  EXPECT_EQ(describe(user()).error(), "UnrecognizedClientException");
}

TEST_F(PipelineIamTest, AUserIsRecordedByName) {
  put_policy(user_, "Allow", "kms:*");
  describe(user());
  const std::string id(world_.registry().snapshot()->user(account_, "u")->record.id.view());
  EXPECT_NE(last_event().find(R"("userIdentity":{"type":"IAMUser","principalId":")" + id +
                              R"(","arn":"arn:aws:iam::111122223333:user/u","accountId":"111122223333",)"
                              R"("accessKeyId":"USERKEY","userName":"u"})"),
            std::string::npos)
      << last_event();
}

TEST_F(PipelineIamTest, ARoleSessionActsWithItsRolesPoliciesWithinItsOwn) {
  put_policy(role_, "Allow", "kms:*");
  const auto snapshot = world_.registry().snapshot();
  const iam::Caller caller = user_caller(snapshot->user(account_, "u")->identity, "USERKEY");
  const auto session = [&](std::string policy) {
    const auto issued = assume_role(
        {*snapshot, "aws", world_.sessions, world_.clock.now(), world_.random}, caller,
        {.role_arn = "arn:aws:iam::111122223333:role/r", .session_name = "job", .session = {.policy = policy}});
    CLAVIGER_CHECK(issued);
    iam::TestSigner signer = iam::test_signer();
    signer.key_id = issued->access_key_id;
    signer.secret = as_text(insecure_expose(issued->secret));
    signer.token = issued->token;
    return signer;
  };
  const iam::TestSigner open = session("");
  EXPECT_EQ(describe(open).status, 200);
  const std::string id(snapshot->role(account_, "r")->record.id.view());
  EXPECT_NE(
      last_event().find(
          R"("userIdentity":{"type":"AssumedRole","principalId":")" + id +
          R"(:job","arn":"arn:aws:sts::111122223333:assumed-role/r/job","accountId":"111122223333","accessKeyId":")" +
          open.key_id + R"(","sessionContext":{"sessionIssuer":{"type":"Role","principalId":")" + id +
          R"(","arn":"arn:aws:iam::111122223333:role/r","accountId":"111122223333","userName":"r"},)"
          R"("attributes":{"creationDate":"2026-01-31T23:50:00Z","mfaAuthenticated":"false"}}})"),
      std::string::npos)
      << last_event();
  EXPECT_EQ(describe(session(policy_for("Allow", "kms:ListKeys"))).error(), "AccessDeniedException");
  EXPECT_EQ(describe(session(policy_for("Allow", "kms:DescribeKey"))).status, 200);
  world_.change_iam([&](const RuleContext& c) { return delete_inline_policy(c, role_, "p"); });
  EXPECT_EQ(describe(open).error(), "AccessDeniedException");
  world_.change_iam([&](const RuleContext& c) { return delete_role(c, account_, "r"); });
  EXPECT_EQ(describe(open).error(), "UnrecognizedClientException");
  iam::TestSigner forged = open;
  forged.token = "AAAA";
  EXPECT_EQ(describe(forged).error(), "UnrecognizedClientException");
  EXPECT_EQ(world_.log.events().back().json.find("sessionContext"), std::string::npos) << "nobody was identified";
}

TEST_F(PipelineIamTest, AKeyPolicyMayNameAUserThatExists) {
  const auto put = [&](std::string_view principal) {
    const std::string policy = fmt::format(
        R"({{\"Version\":\"2012-10-17\",\"Statement\":[{{\"Effect\":\"Allow\",\"Principal\":{{\"AWS\":\"{}\"}},)"
        R"(\"Action\":\"kms:*\",\"Resource\":\"*\"}},{{\"Effect\":\"Allow\",\"Principal\":{{\"AWS\":\"111122223333\"}},)"
        R"(\"Action\":\"kms:*\",\"Resource\":\"*\"}}]}})",
        principal);
    return world_.call("PutKeyPolicy", fmt::format(R"({{"KeyId":"{}","Policy":"{}"}})", key_, policy));
  };
  EXPECT_EQ(put("arn:aws:iam::111122223333:user/none").error(), "MalformedPolicyDocumentException");
  EXPECT_EQ(put("arn:aws:iam::111122223333:user/u").status, 200);
  EXPECT_EQ(describe(user()).status, 200) << "without an identity policy";
}

}  // namespace
}  // namespace claviger::server
