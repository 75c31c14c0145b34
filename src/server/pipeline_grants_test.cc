// Grants through the whole pipeline. The only caller there is, the account's root, is kept out of a key by its policy,
// so that what it may do comes from grants.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <map>

#include "base/json.h"
#include "server/testing_world.h"

namespace claviger::server {
namespace {

constexpr std::string_view kEncryptBody = R"({{"KeyId":"{}","Plaintext":"aGVsbG8="{}}})";

class PipelineGrants : public testing::Test {
 protected:
  // A key that the root may only administer.
  std::string guarded_key(
      std::string_view actions = R"("kms:PutKeyPolicy","kms:CreateGrant","kms:ListGrants","kms:RevokeGrant")",
      std::string_view more = "") {
    std::string policy = fmt::format(
        R"({{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"{}"}},"Action":[{}],"Resource":"*"}}{}]}})",
        kTestRootArn, actions, more);
    std::string body;
    json::Writer<std::string> writer(body);
    writer.begin_object();
    writer.name("Policy");
    writer.string(policy);
    writer.end_object();
    return world_.create_key(body);
  }
  // The grant id, or the error.
  std::string create(std::string_view key, std::string_view operations, std::string_view more = "") {
    const TestReply reply =
        world_.call("CreateGrant", fmt::format(R"({{"KeyId":"{}","GranteePrincipal":"{}","Operations":[{}]{}}})", key,
                                               kTestRootArn, operations, more));
    token_ = text_member(reply.body, "GrantToken");
    return reply.status == 200 ? text_member(reply.body, "GrantId") : reply.error();
  }
  std::string error(std::string_view action, std::string_view body) { return world_.call(action, body).error(); }
  std::string encrypt(std::string_view key, std::string_view more = "") {
    return error("Encrypt", fmt::format(fmt::runtime(kEncryptBody), key, more));
  }
  std::string revoke(std::string_view key, std::string_view grant) {
    return error("RevokeGrant", fmt::format(R"({{"KeyId":"{}","GrantId":"{}"}})", key, grant));
  }
  std::string arn(std::string_view key) { return fmt::format("arn:aws:kms:us-east-1:111122223333:key/{}", key); }

  TestWorld world_{{.grants_per_key = 4}};
  std::string token_;  // of the last create()
};

TEST_F(PipelineGrants, AreInForceForTheVeryNextCallAndGoneLikewise) {
  const std::string key = guarded_key();
  EXPECT_EQ(encrypt(key), "AccessDeniedException");
  const std::string grant = create(key, R"("Encrypt","DescribeKey")");
  EXPECT_EQ(encrypt(key), "");
  EXPECT_EQ(error("DescribeKey", fmt::format(R"({{"KeyId":"{}"}})", key)), "");
  EXPECT_EQ(revoke(key, grant), "");
  EXPECT_EQ(encrypt(key), "AccessDeniedException");
  EXPECT_EQ(revoke(key, grant), "NotFoundException");
}

TEST_F(PipelineGrants, ConstraintsAreMatchedWithTheRequest) {
  const std::string key = guarded_key();
  create(key, R"("Encrypt")", R"(,"Constraints":{"EncryptionContextSubset":{"a":"1"}})");
  EXPECT_EQ(encrypt(key), "AccessDeniedException");
  EXPECT_EQ(encrypt(key, R"(,"EncryptionContext":{"a":"2"})"), "AccessDeniedException");
  EXPECT_EQ(encrypt(key, R"(,"EncryptionContext":{"b":"2","a":"1"})"), "");
}

TEST_F(PipelineGrants, DenyStatementsBite) {
  const std::string key =
      guarded_key(R"("kms:PutKeyPolicy","kms:CreateGrant")",
                  R"(,{"Effect":"Deny","Principal":"*","Action":["kms:Encrypt","kms:RetireGrant"],"Resource":"*"})");
  const std::string grant = create(key, R"("Encrypt","RetireGrant")");
  EXPECT_EQ(encrypt(key), "AccessDeniedException");
  EXPECT_EQ(error("RetireGrant", fmt::format(R"({{"GrantToken":"{}"}})", token_)), "AccessDeniedException");
}

TEST_F(PipelineGrants, ChildIsWithinItsParent) {
  const std::string key = guarded_key(R"("kms:PutKeyPolicy","kms:ListGrants")");
  EXPECT_EQ(create(key, R"("Encrypt")"), "AccessDeniedException");
  const std::string open = world_.create_key();
  create(open, R"("CreateGrant","Encrypt")", R"(,"Constraints":{"EncryptionContextSubset":{"a":"1"}})");
  // Now the policy lets the root grant no more; the grant does.
  const std::string policy =
      R"({\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":)"
      R"([\"kms:PutKeyPolicy\",\"kms:RevokeGrant\",\"kms:ListGrants\"],\"Resource\":\"*\"}]})";
  ASSERT_EQ(error("PutKeyPolicy", fmt::format(R"({{"KeyId":"{}","Policy":"{}"}})", open, policy)), "");
  constexpr const char* kStrict = R"(,"Constraints":{"EncryptionContextEquals":{"a":"1","b":"2"}})";
  EXPECT_EQ(create(open, R"("Encrypt")"), "AccessDeniedException") << "no constraint";
  EXPECT_EQ(create(open, R"("Encrypt","Decrypt")", kStrict), "AccessDeniedException") << "an operation more";
  EXPECT_EQ(create(open, R"("Encrypt")", R"(,"Constraints":{"EncryptionContextSubset":{"b":"2"}})"),
            "AccessDeniedException");
  EXPECT_EQ(create(open, R"("Encrypt")", kStrict).size(), 64u);
}

TEST_F(PipelineGrants, ChildIsNotMadeWhenItsParentGoesMeanwhile) {
  const std::string key = world_.create_key();
  const std::string parent = create(key, R"("CreateGrant","Encrypt")");
  const std::string policy =
      R"({\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":)"
      R"(\"kms:PutKeyPolicy\",\"Resource\":\"*\"}]})";
  ASSERT_EQ(error("PutKeyPolicy", fmt::format(R"({{"KeyId":"{}","Policy":"{}"}})", key, policy)), "");
  bool revoked = false;
  world_.store.on_commit([&](const store::Commit& commit) -> std::optional<Error> {
    if (revoked || commit.mutations.size() < 3) return std::nullopt;
    revoked = true;
    const Scope scope{*AccountId::parse("111122223333"), *Region::parse("us-east-1")};
    const KeyId id = *KeyId::parse(key);
    const keys::GrantId grant = *keys::GrantId::parse(parent);
    store::Commit gone;
    gone.mutations.emplace_back(store::Delete{keys::layout::grant(scope, id, grant)});
    gone.mutations.emplace_back(store::Delete{keys::layout::grant_for(scope, id, kTestRootArn, grant)});
    world_.store.memory().commit(std::move(gone), [](const Result<store::Revision>&) {});
    return std::nullopt;
  });
  EXPECT_EQ(create(key, R"("Encrypt")"), "AccessDeniedException");
  EXPECT_TRUE(revoked);
}

TEST_F(PipelineGrants, ARepeatedCallWithANameGivesTheSameGrantAndAnotherToken) {
  const std::string key = guarded_key();
  const std::string grant = create(key, R"("Encrypt")", R"(,"Name":"n")");
  const std::string token = token_;
  EXPECT_EQ(create(key, R"("Encrypt","Encrypt")", R"(,"Name":"n")"), grant) << "operations are a set";
  EXPECT_NE(token_, token);
  EXPECT_FALSE(token_.empty());
  const std::string other = create(key, R"("Encrypt","Decrypt")", R"(,"Name":"n")");
  EXPECT_EQ(other.size(), 64u);
  EXPECT_NE(other, grant) << "other parameters";
  EXPECT_EQ(revoke(key, grant), "");
  EXPECT_NE(create(key, R"("Encrypt")", R"(,"Name":"n")"), grant) << "a grant that is gone is not found again";
  EXPECT_NE(create(key, R"("Encrypt")"), create(key, R"("Encrypt")")) << "without a name each is new";
}

TEST_F(PipelineGrants, QuotaIsKeptAndDryRunsKnowOfIt) {
  const std::string key = guarded_key();
  const std::string first = create(key, R"("Encrypt")");
  for (int i = 0; i < 3; ++i) EXPECT_EQ(create(key, R"("Encrypt")").size(), 64u);
  EXPECT_EQ(create(key, R"("Encrypt")"), "LimitExceededException");
  EXPECT_EQ(create(key, R"("Encrypt")", R"(,"DryRun":true)"), "LimitExceededException");
  EXPECT_EQ(revoke(key, first), "");
  EXPECT_EQ(create(key, R"("Encrypt")", R"(,"DryRun":true)"), "DryRunOperationException");
  EXPECT_EQ(create(key, R"("Encrypt")").size(), 64u);
}

TEST_F(PipelineGrants, RetireTakesATokenOrAKeyArnAndAnId) {
  const std::string key = guarded_key();
  const std::string grant = create(key, R"("Encrypt")");
  const std::string id(64, '0');
  struct Row {
    const char* name;
    std::string body;
    const char* error;
  };
  const Row rows[] = {
      {"nothing", "{}", "ValidationException"},
      {"no id", fmt::format(R"({{"KeyId":"{}"}})", arn(key)), "ValidationException"},
      {"no key", fmt::format(R"({{"GrantId":"{}"}})", grant), "ValidationException"},
      {"all", fmt::format(R"({{"KeyId":"{}","GrantId":"{}","GrantToken":"{}"}})", arn(key), grant, token_),
       "ValidationException"},
      {"a key id", fmt::format(R"({{"KeyId":"{}","GrantId":"{}"}})", key, grant), "InvalidArnException"},
      {"a bad id", fmt::format(R"({{"KeyId":"{}","GrantId":"x"}})", arn(key)), "InvalidGrantIdException"},
      {"no such grant", fmt::format(R"({{"KeyId":"{}","GrantId":"{}"}})", arn(key), id), "NotFoundException"},
      {"no token of ours", R"({"GrantToken":"AAAA"})", "InvalidGrantTokenException"},
      {"dry", fmt::format(R"({{"GrantToken":"{}","DryRun":true}})", token_), "DryRunOperationException"},
  };
  for (const Row& row : rows) EXPECT_EQ(error("RetireGrant", row.body), row.error) << row.name;
  EXPECT_EQ(encrypt(key), "");
  EXPECT_EQ(error("RetireGrant", fmt::format(R"({{"GrantToken":"{}"}})", token_)), "") << "made by this account";
  EXPECT_EQ(encrypt(key), "AccessDeniedException");
  EXPECT_EQ(error("RetireGrant", fmt::format(R"({{"GrantToken":"{}"}})", token_)), "NotFoundException");
}

TEST_F(PipelineGrants, TokensMustBeOurs) {
  const std::string key = world_.create_key();
  create(key, R"("Encrypt")");
  EXPECT_EQ(encrypt(key, fmt::format(R"(,"GrantTokens":["{}"])", token_)), "");
  EXPECT_EQ(encrypt(key, fmt::format(R"(,"GrantTokens":["{}","AAAA"])", token_)), "InvalidGrantTokenException");
  const std::string token = token_;
  EXPECT_EQ(create(key, R"("Encrypt")", R"(,"GrantTokens":["AAAA"])"), "InvalidGrantTokenException");
  const std::string there = text_member(world_.call("CreateKey", "{}", "eu-west-1").body, "KeyId");
  EXPECT_EQ(
      world_
          .call("Encrypt", fmt::format(R"({{"KeyId":"{}","Plaintext":"AAAA","GrantTokens":["{}"]}})", there, token),
                "eu-west-1")
          .error(),
      "InvalidGrantTokenException");
}

TEST_F(PipelineGrants, AuditShowsTheGrantAndNeverAToken) {
  const std::string key = guarded_key();
  const std::string grant =
      create(key, R"("Encrypt")", R"(,"Name":"n","Constraints":{"EncryptionContextSubset":{"a":"1"}})");
  const std::string created = world_.log.events().back().json;
  EXPECT_NE(created.find(R"("responseElements":{"grantId":")" + grant + R"(","keyId":")" + arn(key) + R"("})"),
            std::string::npos)
      << created;
  EXPECT_NE(created.find(R"("constraints":{"encryptionContextSubset":{"a":"1"}})"), std::string::npos) << created;
  EXPECT_NE(created.find(R"("operations":["Encrypt"])"), std::string::npos) << created;
  error("RetireGrant", fmt::format(R"({{"GrantToken":"{}"}})", token_));
  const std::string retired = world_.log.events().back().json;
  EXPECT_NE(retired.find(R"("additionalEventData":{"grantId":")" + grant), std::string::npos) << retired;
  EXPECT_NE(retired.find(R"("requestParameters":null)"), std::string::npos) << retired;
  EXPECT_NE(retired.find(arn(key)), std::string::npos) << retired;
  for (const audit::Frame& frame : world_.log.frames()) EXPECT_EQ(frame.json.find(token_), std::string::npos);
}

TEST_F(PipelineGrants, ListsPageAndFilter) {
  const std::string key = guarded_key();
  std::map<std::string, int> seen;
  for (int i = 0; i < 3; ++i)
    seen[create(key, R"("Encrypt")", fmt::format(R"(,"RetiringPrincipal":"{}")", kTestRootArn))] = 0;
  const auto walk = [&](std::string_view action, const std::string& parameters) {
    std::map<std::string, int> found = seen;
    std::string marker;
    int pages = 0;
    do {
      const TestReply reply = world_.call(
          action, "{" + parameters + R"(,"Limit":1)" + (marker.empty() ? "" : R"(,"Marker":")" + marker + "\"") + "}");
      EXPECT_EQ(reply.status, 200) << reply.body;
      ++found[text_member(reply.body, "GrantId")];
      marker = text_member(reply.body, "NextMarker");
    } while (!marker.empty() && ++pages < 10);
    for (const auto& [id, times] : found) EXPECT_EQ(times, 1) << action << " " << id;
  };
  const std::string named = R"("KeyId":")" + key + "\"";
  walk("ListGrants", named);
  walk("ListGrants", named + fmt::format(R"(,"GranteePrincipal":"{}")", kTestRootArn));
  walk("ListRetirableGrants", fmt::format(R"("RetiringPrincipal":"{}")", kTestRootArn));
  const std::string grant = seen.begin()->first;
  const auto listed = [&](const std::string& filter) {
    return world_.call("ListGrants", "{" + named + filter + "}").body;
  };
  EXPECT_EQ(text_member(listed(R"(,"GrantId":")" + grant + "\""), "GrantId"), grant);
  EXPECT_NE(listed(R"(,"GrantId":")" + std::string(64, '0') + "\"").find(R"("Grants":[])"), std::string::npos);
  EXPECT_NE(listed(R"(,"GranteePrincipal":"arn:aws:iam::111122223333:user/x")").find(R"("Grants":[])"),
            std::string::npos);
  EXPECT_NE(listed(R"(,"GrantId":"x")").find("InvalidGrantIdException"), std::string::npos);
  EXPECT_NE(listed(R"(,"GranteePrincipal":"x")").find("InvalidArnException"), std::string::npos);
  EXPECT_EQ(error("ListRetirableGrants", R"({"RetiringPrincipal":"arn:aws:iam::444455556666:root"})"),
            "InvalidArnException");
}

TEST_F(PipelineGrants, WhatAGrantCannotHoldIsRefused) {
  const std::string key = guarded_key();
  EXPECT_EQ(create(key, ""), "ValidationException");
  EXPECT_EQ(create(key, R"("Sign")"), "ValidationException");
  EXPECT_EQ(create(key, R"("Nonsense")"), "ValidationException");
  EXPECT_EQ(create(key, R"("Encrypt")",
                   R"(,"Constraints":{"EncryptionContextSubset":{"a":"1"},"EncryptionContextEquals":{"a":"1"}})"),
            "ValidationException");
  EXPECT_EQ(create(key, R"("Encrypt")", R"(,"Constraints":{"SourceArn":"arn:aws:s3:::b"})"),
            "UnsupportedOperationException");
  EXPECT_EQ(create(key, R"("Encrypt")", R"(,"GranteeServicePrincipal":"s3.amazonaws.com")"),
            "UnsupportedOperationException");
  EXPECT_EQ(create(key, R"("Encrypt")", R"(,"RetiringPrincipal":"arn:aws:iam::444455556666:root")"),
            "InvalidArnException");
  const std::string disabled = world_.create_key();
  world_.call("DisableKey", fmt::format(R"({{"KeyId":"{}"}})", disabled));
  EXPECT_EQ(create(disabled, R"("Encrypt")"), "DisabledException");
  world_.call("ScheduleKeyDeletion", fmt::format(R"({{"KeyId":"{}"}})", disabled));
  EXPECT_EQ(create(disabled, R"("Encrypt")"), "KMSInvalidStateException");
}

}  // namespace
}  // namespace claviger::server
