// Temporary credentials through the pipeline, from the request to the record: who gets them, unsigned calls with a web
// identity token, and the clock.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <algorithm>

#include "audit/event.h"
#include "base/encoding.h"
#include "crypto/testing_jws.h"
#include "iam/access_key_rules.h"
#include "iam/entity_rules.h"
#include "iam/provider_rules.h"
#include "iam/timestamp.h"
#include "server/decision_report.h"
#include "server/testing_world.h"

namespace claviger::server {
namespace {

using iam::RuleContext;

constexpr std::string_view kProvider = "arn:aws:iam::111122223333:oidc-provider/oidc.example.com";

std::string base64url(std::string_view text) {
  std::string encoded = base64_encode(as_bytes(text));
  std::replace(encoded.begin(), encoded.end(), '+', '-');
  std::replace(encoded.begin(), encoded.end(), '/', '_');
  while (encoded.ends_with('=')) encoded.pop_back();
  return encoded;
}

class PipelineStsTest : public testing::Test {
 protected:
  PipelineStsTest() {
    world_.change_iam([&](const RuleContext& c) { return create_user(c, {.account = account_, .name = "u"}); });
    world_.change_iam([&](const RuleContext& c) {
      return create_access_key(c, world_.credential_sealer, account_, "u",
                               iam::AccessKey{"USERKEY", SecretBytes::copy_of(as_bytes("usersecret"))});
    });
    create_role("r", R"({"AWS":"arn:aws:iam::111122223333:user/u"})", "sts:AssumeRole");
    world_.change_iam([&](const RuleContext& c) {
      return create_provider(
          c, {.account = account_, .url = "https://oidc.example.com", .client_ids = {"sts.amazonaws.com"}});
    });
    const std::string keys = fmt::format(R"({{"keys":[{{"kty":"EC","crv":"P-256","x":"{}","y":"{}"}}]}})",
                                         base64url(as_text(key_.first())), base64url(as_text(key_.second())));
    world_.change_iam([&](const RuleContext& c) { return set_key_set(c, account_, kProvider, keys); });
    create_role("pods", fmt::format(R"({{"Federated":"{}"}})", kProvider), "sts:AssumeRoleWithWebIdentity");
  }
  void create_role(std::string_view name, std::string_view principal, std::string_view action) {
    const std::string trust =
        fmt::format(R"({{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{},"Action":"{}"}}]}})",
                    principal, action);
    world_.change_iam([&](const RuleContext& c) {
      return iam::create_role(c,
                              {.principal = {.account = account_, .name = std::string(name)}, .trust_policy = trust});
    });
  }

  static iam::TestRequest form(std::string_view parameters) {
    iam::TestRequest request;
    request.headers = {{"Host", "127.0.0.1:4599"},
                       {"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"}};
    request.body = parameters;
    return request;
  }
  TestReply call(iam::TestSigner signer, iam::TestRequest request, std::string_view service = "sts") {
    signer.service = service;
    signer.timestamp = format_basic_iso8601(world_.client_clock.now());
    signer.date = signer.timestamp.substr(0, 8);
    if (!signer.token.empty()) request.headers.emplace_back("X-Amz-Security-Token", signer.token);
    signer.sign_header(request);
    return world_.send(request);
  }
  static iam::TestSigner user() {
    iam::TestSigner signer = iam::test_signer();
    signer.key_id = "USERKEY";
    signer.secret = "usersecret";
    return signer;
  }
  static iam::TestSigner session(const TestReply& reply) {
    iam::TestSigner signer = iam::test_signer();
    signer.key_id = xml_element(reply, "AccessKeyId");
    signer.secret = xml_element(reply, "SecretAccessKey");
    signer.token = xml_element(reply, "SessionToken");
    return signer;
  }
  TestReply assume(std::string_view more = {}) {
    return call(user(), form(fmt::format("Action=AssumeRole&Version=2011-06-15&RoleSessionName=job&"
                                         "RoleArn=arn:aws:iam::111122223333:role/r{}",
                                         more)));
  }

  // Of the tests' time, for an hour.
  std::string token(std::string_view subject = "sub") const {
    const std::string text = base64url(R"({"alg":"ES256"})") + "." +
                             base64url(fmt::format(R"({{"iss":"https://oidc.example.com","sub":"{}","aud":)"
                                                   R"("sts.amazonaws.com","exp":1769907000,"iat":1769903400}})",
                                                   subject));
    return text + "." + base64url(as_text(key_.sign(as_bytes(text))));
  }
  static std::string web_identity(std::string_view token, std::string_view role = "pods") {
    return fmt::format(
        "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleSessionName=pod&WebIdentityToken={}&"
        "RoleArn=arn:aws:iam::111122223333:role/{}",
        token, role);
  }
  std::string last_event() { return world_.log.events().back().json; }

  TestWorld world_;
  const crypto::TestTokenKey key_ = crypto::TestTokenKey::p256();
  const AccountId account_ = *AccountId::parse(iam::kTestAccount);
};

TEST_F(PipelineStsTest, ASessionIsGivenUsedAndRecordedWithoutItsSecrets) {
  const TestReply reply = assume("&DurationSeconds=900&ExternalId=x1");
  ASSERT_EQ(reply.status, 200) << reply.body;
  EXPECT_EQ(xml_element(reply, "Arn"), "arn:aws:sts::111122223333:assumed-role/r/job");
  EXPECT_EQ(xml_element(reply, "Expiration"), "2026-02-01T00:05:00Z");
  const iam::TestSigner signer = session(reply);
  const std::string event = last_event();
  EXPECT_TRUE(
      event.contains(R"("requestParameters":{"roleArn":"arn:aws:iam::111122223333:role/r","roleSessionName":"job",)"
                     R"("durationSeconds":900,"externalId":"x1"},"responseElements":{"credentials":{"accessKeyId":")" +
                     signer.key_id + R"(","expiration":"Feb 1, 2026, 12:05:00 AM"},"assumedRoleUser":{)"))
      << event;
  EXPECT_TRUE(event.contains(R"("resources":[{"accountId":"111122223333","type":"AWS::IAM::Role",)"
                             R"("ARN":"arn:aws:iam::111122223333:role/r"}])"))
      << event;
  EXPECT_FALSE(event.contains(signer.secret));
  EXPECT_FALSE(event.contains(signer.token.substr(0, 40)));
  EXPECT_EQ(xml_element(call(signer, form(kGetCallerIdentity)), "Arn"), "arn:aws:sts::111122223333:assumed-role/r/job");
}

TEST_F(PipelineStsTest, WhatATrustPolicyDecidedIsRecorded) {
  const auto decisions = [&] {
    const std::string payload = last_event();
    const audit::RecordedCall recorded = audit::split_record(payload);
    const auto reports = parse_decisions(recorded.decisions);
    EXPECT_TRUE(reports) << recorded.decisions;
    return reports ? *reports : std::vector<DecisionReport>();
  };
  constexpr std::string_view kRole = "arn:aws:iam::111122223333:role/r";
  ASSERT_EQ(assume().status, 200);
  auto reports = decisions();
  ASSERT_EQ(reports.size(), 1u);
  EXPECT_TRUE(reports[0].allowed());
  EXPECT_EQ(reports[0].policy, policy::PolicyType::kTrustPolicy);
  EXPECT_EQ(reports[0].statement, 0u);
  EXPECT_EQ(reports[0].action, "sts:AssumeRole");
  EXPECT_EQ(reports[0].resource, kRole);

  EXPECT_EQ(assume("&Tags.member.1.Key=k&Tags.member.1.Value=v").status, 403);
  reports = decisions();
  ASSERT_EQ(reports.size(), 2u);
  EXPECT_TRUE(reports[0].allowed());
  EXPECT_EQ(reports[1].action, "sts:TagSession");
  EXPECT_EQ(reports[1].reason, policy::Reason::kNoStatement);
  EXPECT_EQ(reports[1].policy, policy::PolicyType::kTrustPolicy);
  ASSERT_NE(reports[1].find(policy::PolicyType::kTrustPolicy, 0), nullptr);
  ASSERT_EQ(reports[1].trace.statements.size(), 1u);
  EXPECT_FALSE(reports[1].trace.statements[0].action);

  EXPECT_EQ(world_.send(form(web_identity(token(), "r"))).status, 403);
  reports = decisions();
  ASSERT_EQ(reports.size(), 1u);
  EXPECT_EQ(reports[0].action, "sts:AssumeRoleWithWebIdentity");
  EXPECT_EQ(reports[0].trace.statements.size(), 1u);
  EXPECT_EQ(world_.send(form(web_identity(token(), "none"))).status, 403);
  reports = decisions();
  ASSERT_EQ(reports.size(), 1u);
  EXPECT_EQ(reports[0].undecided, Undecided::kNoSuchRole);
}

TEST_F(PipelineStsTest, ASessionEndsWithItsTime) {
  const iam::TestSigner signer = session(assume("&DurationSeconds=900"));
  EXPECT_EQ(call(signer, form(kGetCallerIdentity)).status, 200);
  world_.clock.advance(std::chrono::seconds(899));
  EXPECT_EQ(call(signer, form(kGetCallerIdentity)).status, 200);
  world_.clock.advance(std::chrono::seconds(1));
  const TestReply expired = call(signer, form(kGetCallerIdentity));
  EXPECT_EQ(expired.status, 403);
  EXPECT_EQ(xml_element(expired, "Code"), "ExpiredToken");
  EXPECT_EQ(call(signer, TestWorld::request("ListKeys", "{}"), "kms").error(), "ExpiredTokenException");
}

TEST_F(PipelineStsTest, SignaturesAreDatedByTheClientsClock) {
  world_.clock.advance(std::chrono::days(365));
  EXPECT_EQ(call(user(), form(kGetCallerIdentity)).status, 200);
  EXPECT_EQ(text_member(last_event(), "eventTime"), "2027-01-31T23:50:00Z") << "all else is dated by the other";
  iam::TestSigner late = user();
  late.service = "sts";
  late.timestamp = format_basic_iso8601(world_.clock.now());
  late.date = late.timestamp.substr(0, 8);
  iam::TestRequest request = form(kGetCallerIdentity);
  late.sign_header(request);
  EXPECT_EQ(xml_element(world_.send(request), "Code"), "SignatureDoesNotMatch");
}

TEST_F(PipelineStsTest, CredentialsOfAUsersSessionReachTwoActionsOfStsAndNothingOfIam) {
  const iam::TestSigner signer = session(call(user(), form("Action=GetSessionToken&Version=2011-06-15")));
  EXPECT_EQ(call(signer, form(kGetCallerIdentity)).status, 200);
  const TestReply again = call(signer, form("Action=GetSessionToken&Version=2011-06-15"));
  EXPECT_EQ(xml_element(again, "Message"), "Cannot call GetSessionToken with session credentials");
  const TestReply info =
      call(signer, form("Action=GetAccessKeyInfo&Version=2011-06-15&AccessKeyId=AKIAIOSFODNN7EXAMPLE"));
  EXPECT_EQ(xml_element(info, "Code"), "AccessDenied");
  EXPECT_EQ(xml_element(call(signer, form("Action=ListUsers&Version=2010-05-08"), "iam"), "Code"),
            "InvalidClientTokenId");
}

TEST_F(PipelineStsTest, AWebIdentityComesInUnsignedAndIsRecordedAsOne) {
  const TestReply reply = world_.send(form(web_identity(token())));
  ASSERT_EQ(reply.status, 200) << reply.body;
  EXPECT_EQ(xml_element(reply, "Provider"), kProvider);
  const std::string identity = fmt::format(R"("userIdentity":{{"type":"WebIdentityUser","principalId":"{}:)"
                                           R"(sts.amazonaws.com:sub","userName":"sub","identityProvider":"{}"}})",
                                           kProvider, kProvider);
  EXPECT_TRUE(last_event().contains(identity)) << last_event();
  EXPECT_EQ(text_member(last_event(), "awsRegion"), "us-east-1");
  EXPECT_EQ(text_member(last_event(), "recipientAccountId"), "111122223333");
  EXPECT_FALSE(last_event().contains(token().substr(0, 30)));
  EXPECT_EQ(xml_element(call(session(reply), form(kGetCallerIdentity)), "Arn"),
            "arn:aws:sts::111122223333:assumed-role/pods/pod");

  const TestReply refused = world_.send(form(web_identity(token(), "r")));
  EXPECT_EQ(xml_element(refused, "Code"), "AccessDenied");
  EXPECT_TRUE(last_event().contains(identity)) << "it was known who asked";
  EXPECT_TRUE(last_event().contains(R"("responseElements":null)"));
}

TEST_F(PipelineStsTest, AWebIdentityTokenIsGoodForNothingElse) {
  std::string parameters = web_identity(token());
  parameters.replace(parameters.find("AssumeRoleWithWebIdentity"), 25, "AssumeRole");
  EXPECT_EQ(xml_element(world_.send(form(parameters)), "Code"), "MissingAuthenticationToken");
  iam::TestSigner signer = iam::test_signer();
  signer.token = token();
  EXPECT_EQ(xml_element(call(signer, form(kGetCallerIdentity)), "Code"), "InvalidClientTokenId");
  world_.clock.advance(std::chrono::hours(1));
  EXPECT_EQ(world_.send(form(web_identity(token()))).status, 200)
      << "its issuer knows nothing of a clock that was moved";
  world_.client_clock.advance(std::chrono::hours(1));
  EXPECT_EQ(xml_element(world_.send(form(web_identity(token()))), "Code"), "ExpiredTokenException");
}

}  // namespace
}  // namespace claviger::server
