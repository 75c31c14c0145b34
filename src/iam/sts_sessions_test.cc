#include "iam/sts_rules.h"

#include <gtest/gtest.h>

#include <fmt/format.h>

#include "iam/query_parameters.h"
#include "iam/testing_sts.h"

namespace claviger::iam {
namespace {

TEST_F(StsTest, ASessionActsAsItsRole) {
  must([&](const RuleContext& c) {
    return put_inline_policy(c, {EntityKind::kRole, account_, "Role"}, "p", test_policy("role"));
  });
  const auto issued = assume(*user());
  ASSERT_TRUE(issued) << issued.error().message();
  EXPECT_TRUE(issued->access_key_id.starts_with("ASIA"));
  EXPECT_EQ(issued->secret.size(), 40u);
  EXPECT_EQ(issued->expires, test_time() + std::chrono::hours(1));
  EXPECT_EQ(issued->arn, "arn:aws:sts::111122223333:assumed-role/Role/job");
  EXPECT_EQ(issued->packed_policy_size, std::nullopt);
  const auto signed_in = sign_in(signer_of(*issued));
  ASSERT_TRUE(signed_in) << signed_in.error().message();
  const Caller& caller = *signed_in->caller;
  EXPECT_EQ(caller.kind, policy::PrincipalKind::kAssumedRole);
  EXPECT_EQ(caller.principal_arn, issued->arn);
  EXPECT_EQ(caller.principal_id, issued->assumed_role_id);
  EXPECT_EQ(caller.role_arn, kAppRoleArn);
  EXPECT_EQ(caller.access_key_id, issued->access_key_id);
  EXPECT_EQ(caller.user_name, "");
  EXPECT_EQ(caller.identity->policies[0].document->statements()[0].sid, "role");
  EXPECT_EQ(caller.principal().session_name, "job");
  EXPECT_EQ(caller.principal().unique_id, caller.identity->id.view());
  EXPECT_EQ(caller.session->issued, test_time());
  EXPECT_EQ(caller.session->expires, issued->expires);
  EXPECT_TRUE(caller.policies(account_).session.empty());
  EXPECT_EQ(caller.session->audit_context,
            fmt::format(R"({{"sessionIssuer":{{"type":"Role","principalId":"{}","arn":"{}",)"
                        R"("accountId":"111122223333","userName":"Role"}},"attributes":{{"creationDate":)"
                        R"("2026-01-31T23:50:00Z","mfaAuthenticated":"false"}}}})",
                        caller.identity->id.view(), kAppRoleArn));
}

TEST_F(StsTest, TheTokenBelongsToItsAccessKeyAndSecret) {
  const auto first = assume(*user()), second = assume(*user());
  ASSERT_TRUE(first && second);
  const auto refused = [&](TestSigner signer, ErrorCode code, const char* name) {
    const auto result = sign_in(signer);
    ASSERT_FALSE(result) << name;
    EXPECT_EQ(result.error().code(), code) << name;
  };
  for (int warm = 0; warm < 2; ++warm) {
    TestSigner mixed = signer_of(*first);
    mixed.token = second->token;
    refused(mixed, ErrorCode::kUnrecognizedClient, "the token of another key");
    TestSigner wrong = signer_of(*first);
    wrong.secret = "x";
    refused(wrong, ErrorCode::kInvalidSignature, "a wrong secret");
    refused(signer_of(first->access_key_id, as_text(insecure_expose(first->secret))), ErrorCode::kUnrecognizedClient,
            "no token");
    refused(signer_of(kTestKeyId, kTestSecret, first->token), ErrorCode::kUnrecognizedClient, "the root's key");
    refused(signer_of(kTestKeyId, kTestSecret, "abcd"), ErrorCode::kUnrecognizedClient, "no token of ours");
    EXPECT_TRUE(sign_in(signer_of(*first)));
    EXPECT_TRUE(sign_in(signer_of(*second)));
  }
}

TEST_F(StsTest, TheTokenMayStandInTheQueryButNotTwice) {
  const auto issued = assume(*user());
  ASSERT_TRUE(issued);
  const TestSigner signer = signer_of(*issued);
  const auto send = [&](bool in_header) {
    TestRequest request = test_request();
    if (in_header) request.headers.emplace_back("X-Amz-Security-Token", signer.token);
    std::string encoded;
    append_uri_encoded(signer.token, false, encoded);
    signer.sign_query(request, "300", "&X-Amz-Security-Token=" + encoded);
    return request.with_view([&](const SignedRequest& view) { return authenticator_.authenticate(view); });
  };
  EXPECT_TRUE(send(false));
  EXPECT_EQ(send(true).error().code(), ErrorCode::kIncompleteSignature);
}

TEST_F(StsTest, ASessionEndsWithItsTime) {
  const auto issued = assume(*user(), {.session = {.duration = std::chrono::seconds(900)}});
  ASSERT_TRUE(issued);
  EXPECT_TRUE(sign_in(signer_of(*issued)));
  world_.clock.advance(std::chrono::milliseconds(899'999));
  EXPECT_TRUE(sign_in(signer_of(*issued)));
  world_.clock.advance(std::chrono::milliseconds(1));
  const auto expired = sign_in(signer_of(*issued));
  ASSERT_FALSE(expired);
  EXPECT_EQ(expired.error().code(), ErrorCode::kExpiredToken);
  EXPECT_EQ(expired.error().message(), "The security token included in the request is expired");
}

TEST_F(StsTest, ASessionEndsWithItsRoleAndNoNamesakeRevivesIt) {
  const auto issued = assume(*user());
  ASSERT_TRUE(issued && sign_in(signer_of(*issued)));
  must([&](const RuleContext& c) { return delete_role(c, account_, "Role"); });
  EXPECT_EQ(sign_in(signer_of(*issued)).error().code(), ErrorCode::kUnrecognizedClient);
  must([&](const RuleContext& c) {
    return create_role(c, {.principal = {.account = account_, .name = "Role", .path = "/app/"},
                           .trust_policy = trust("111122223333")});
  });
  EXPECT_EQ(sign_in(signer_of(*issued)).error().code(), ErrorCode::kUnrecognizedClient);
}

TEST_F(StsTest, ARunningSessionFollowsItsRolesPolicies) {
  const auto issued = assume(*user());
  ASSERT_TRUE(issued);
  EXPECT_TRUE(sign_in(signer_of(*issued))->caller->identity->policies.empty());
  const Holder role{EntityKind::kRole, account_, "Role"};
  must([&](const RuleContext& c) { return put_inline_policy(c, role, "p", test_policy()); });
  EXPECT_EQ(sign_in(signer_of(*issued))->caller->identity->policies.size(), 1u);
  must([&](const RuleContext& c) { return delete_inline_policy(c, role, "p"); });
  EXPECT_TRUE(sign_in(signer_of(*issued))->caller->identity->policies.empty());
}

TEST_F(StsTest, GetSessionTokenGivesTheUserASession) {
  const auto issued = session_token(*user());
  ASSERT_TRUE(issued);
  EXPECT_EQ(issued->expires, test_time() + std::chrono::hours(12));
  const auto caller = sign_in(signer_of(*issued))->caller;
  EXPECT_EQ(caller->kind, policy::PrincipalKind::kUser);
  EXPECT_EQ(caller->principal_arn, "arn:aws:iam::111122223333:user/u");
  EXPECT_EQ(caller->user_name, "u");
  EXPECT_EQ(caller->access_key_id, issued->access_key_id);
  EXPECT_EQ(caller->session->audit_context,
            R"({"attributes":{"creationDate":"2026-01-31T23:50:00Z","mfaAuthenticated":"false"}})");
  expect_refused(session_token(*caller), ErrorCode::kAccessDenied, "session credentials");
  TestSigner for_iam = signer_of(*issued);
  for_iam.service = "iam";
  TestRequest request = test_request();
  request.headers.emplace_back("X-Amz-Security-Token", for_iam.token);
  for_iam.sign_header(request);
  const std::vector<Service> services{Service::kIam};
  const auto refused = request.with_view([&](SignedRequest view) {
    view.services = services;
    return authenticator_.authenticate(view);
  });
  EXPECT_EQ(refused.error().code(), ErrorCode::kUnrecognizedClient) << "IAM wants MFA";
}

TEST_F(StsTest, AUsersSessionEndsWithTheKeyThatAskedForIt) {
  const auto usable = [&](const IssuedSession& session) { return sign_in(signer_of(session)).has_value(); };
  const auto issued = session_token(*user());
  ASSERT_TRUE(issued && usable(*issued));
  const auto status = [&](AccessKeyStatus wanted) {
    must([&](const RuleContext& c) { return update_access_key(c, account_, "u", "USERKEY", wanted); });
  };
  status(AccessKeyStatus::kInactive);
  EXPECT_FALSE(usable(*issued));
  status(AccessKeyStatus::kActive);
  EXPECT_TRUE(usable(*issued));
  must([&](const RuleContext& c) { return delete_access_key(c, account_, "u", "USERKEY"); });
  EXPECT_FALSE(usable(*issued));
  const auto of_root = session_token(*root());
  ASSERT_TRUE(of_root && usable(*of_root));
  EXPECT_EQ(sign_in(signer_of(*of_root))->caller->principal_arn, "arn:aws:iam::111122223333:root");
  ASSERT_TRUE(world_.registry.remove_root(kTestKeyId));
  EXPECT_FALSE(usable(*of_root));
}

TEST_F(StsTest, SessionTokensLastAsLongAsAsked) {
  using std::chrono::seconds;
  EXPECT_EQ(session_token(*user(), seconds(900))->expires, test_time() + seconds(900));
  EXPECT_EQ(session_token(*user(), seconds(129'600))->expires, test_time() + seconds(129'600));
  EXPECT_EQ(session_token(*user(), seconds(899)).error().code(), ErrorCode::kValidation);
  EXPECT_EQ(session_token(*user(), seconds(129'601)).error().code(), ErrorCode::kValidation);
  EXPECT_EQ(session_token(*root())->expires, test_time() + seconds(3600));
  EXPECT_EQ(session_token(*root(), seconds(7200))->expires, test_time() + seconds(3600)) << "cut, as AWS does";
  const auto role = assume(*user());
  EXPECT_EQ(session_token(*sign_in(signer_of(*role))->caller).error().code(), ErrorCode::kAccessDenied);
}

// Counts the tokens that are opened.
class CountingSealer final : public SessionSealer {
 public:
  explicit CountingSealer(SessionSealer& sealer) : sealer_(sealer) {}
  Bytes seal(ByteSpan context, ByteSpan value) override { return sealer_.seal(context, value); }
  Bytes seal(ByteSpan context, const SecretBytes& secret) override { return sealer_.seal(context, secret); }
  Result<Bytes> open(ByteSpan context, ByteSpan sealed) override { return ++opened, sealer_.open(context, sealed); }
  Result<SecretBytes> open_secret(ByteSpan context, ByteSpan sealed) override {
    return sealer_.open_secret(context, sealed);
  }
  int opened = 0;

 private:
  SessionSealer& sealer_;
};

TEST_F(StsTest, TheOpenedTokensUsedLastAreKept) {
  CountingSealer sealer(world_.session_sealer);
  const SessionTokens tokens(sealer);
  Authenticator small(world_.registry, tokens, world_.clock, {.max_sessions = 2});
  const auto opens = [&](const TestSigner& signer, bool accepted = true) {
    const int before = sealer.opened;
    TestRequest request = test_request();
    request.headers.emplace_back("X-Amz-Security-Token", signer.token);
    signer.sign_header(request);
    EXPECT_EQ(request.with_view([&](const SignedRequest& view) { return small.authenticate(view); }).has_value(),
              accepted);
    return sealer.opened - before;
  };
  std::vector<TestSigner> signers;
  for (int i = 0; i < 3; ++i) signers.push_back(signer_of(*assume(*user())));
  TestSigner wrong = signers[0];
  wrong.secret = "x";
  for (int i = 0; i < 2; ++i) EXPECT_EQ(opens(wrong, false), 1) << "not kept: the signature does not hold";
  EXPECT_EQ(opens(signers[0]), 1);
  EXPECT_EQ(opens(signers[0]), 0);
  EXPECT_EQ(opens(signers[1]), 1);
  EXPECT_EQ(opens(signers[0]), 0);
  EXPECT_EQ(opens(signers[2]), 1) << "in place of the second";
  EXPECT_EQ(opens(signers[0]), 0);
  EXPECT_EQ(opens(signers[2]), 0);
  EXPECT_EQ(opens(signers[1]), 1);
}

}  // namespace
}  // namespace claviger::iam
