#include "iam/sts_rules.h"

#include <gtest/gtest.h>

#include <fmt/format.h>

#include <map>

#include "base/testing.h"
#include "iam/access_key_rules.h"
#include "iam/authenticator.h"
#include "iam/entity_rules.h"
#include "iam/permission_rules.h"
#include "iam/policy_rules.h"
#include "iam/query_parameters.h"
#include "iam/tag_rules.h"
#include "iam/testing.h"

namespace claviger::iam {
namespace {

constexpr const char* kAppRoleArn = "arn:aws:iam::111122223333:role/app/Role";

constexpr std::string_view kEveryAction = R"(["sts:AssumeRole","sts:TagSession","sts:SetSourceIdentity"])";

// A trust policy with one statement that allows `action` to `principal`.
std::string trust(std::string_view principal, std::string_view action = R"("sts:AssumeRole")",
                  std::string_view condition = "") {
  return fmt::format(R"({{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"{}"}},)"
                     R"("Action":{}{}}}]}})",
                     principal, action, condition.empty() ? "" : fmt::format(R"(,"Condition":{})", condition));
}

std::string sts_policy(std::string_view effect = "Allow") {
  return fmt::format(R"({{"Version":"2012-10-17","Statement":[{{"Effect":"{}","Action":"sts:*","Resource":"*"}}]}})",
                     effect);
}

class StsTest : public testing::Test {
 protected:
  StsTest() {
    must([&](const RuleContext& c) { return create_user(c, {.account = account_, .name = "u"}); });
    must([&](const RuleContext& c) {
      return create_access_key(c, world_.sealer, account_, "u",
                               AccessKey{"USERKEY", SecretBytes::copy_of(as_bytes("usersecret"))});
    });
    must([&](const RuleContext& c) {
      return create_role(c, {.principal = {.account = account_, .name = "Role", .path = "/app/"},
                             .trust_policy = trust("arn:aws:iam::111122223333:user/u"),
                             .max_session_seconds = 7200});
    });
  }
  template <class Rule>
  void must(Rule rule) {
    const Status status = world_.run(rule);
    ASSERT_TRUE(status) << status.error().message();
  }
  void set_trust(std::string text) {
    must([&](const RuleContext& c) { return update_trust_policy(c, account_, "role", text); });
  }
  void allow_user(std::string document) {
    must([&](const RuleContext& c) {
      return put_inline_policy(c, {EntityKind::kUser, account_, "u"}, "sts", document);
    });
  }

  // What a request with these credentials gets.
  Result<Authenticated> sign_in(const TestSigner& signer) {
    TestRequest request = test_request();
    if (!signer.token.empty()) request.headers.emplace_back("X-Amz-Security-Token", signer.token);
    TestSigner current = signer;
    current.timestamp = format_basic_iso8601(world_.clock.now());
    current.date = current.timestamp.substr(0, 8);
    current.sign_header(request);
    return request.with_view([&](const SignedRequest& view) { return authenticator_.authenticate(view); });
  }
  static TestSigner signer_of(std::string_view id, std::string_view secret, std::string_view token = {}) {
    TestSigner signer = test_signer();
    signer.key_id = id;
    signer.secret = secret;
    signer.token = token;
    return signer;
  }
  static TestSigner signer_of(const IssuedSession& session) {
    return signer_of(session.access_key_id, as_text(insecure_expose(session.secret)), session.token);
  }
  std::shared_ptr<const Caller> user() { return sign_in(signer_of("USERKEY", "usersecret")).value().caller; }
  std::shared_ptr<const Caller> root() { return sign_in(test_signer()).value().caller; }

  Result<IssuedSession> assume(const Caller& caller, AssumeRoleWish wish = {}) {
    const auto snapshot = world_.registry.snapshot();
    if (wish.role_arn.empty()) wish.role_arn = kAppRoleArn;
    if (wish.session_name.empty()) wish.session_name = "job";
    const StsContext context{*snapshot, "aws", world_.sessions, world_.clock.now(), world_.random, nullptr, &listener_};
    listener_.told.clear();
    return assume_role(context, caller, wish);
  }
  Result<IssuedSession> session_token(const Caller& caller, std::optional<std::chrono::seconds> duration = {}) {
    const auto snapshot = world_.registry.snapshot();
    return get_session_token({*snapshot, "aws", world_.sessions, world_.clock.now(), world_.random}, caller, duration);
  }
  void expect_refused(const Result<IssuedSession>& result, ErrorCode code, std::string_view part) {
    ASSERT_FALSE(result) << part;
    EXPECT_EQ(result.error().code(), code) << result.error().message();
    EXPECT_NE(result.error().message().find(part), std::string::npos) << result.error().message();
  }

  // Keeps what it is told of the last assume(), as `permission: outcome`.
  struct Listener final : TrustListener {
    void trust_decided(const policy::Question& question, const policy::Policies& policies,
                       const policy::Decision& decision) override {
      // Decided again, it is the same: nothing that it rests on is missing.
      EXPECT_EQ(policy::decide_trust(question, policies).reason, decision.reason);
      told.push_back(fmt::format("{}: {} {}", question.action, decision.allowed() ? "allowed" : "refused",
                                 static_cast<int>(decision.reason)));
    }
    void trust_refused(std::string_view permission, std::string_view role_arn, TrustRefusal why) override {
      told.push_back(fmt::format("{} on {}: {}", permission, role_arn, static_cast<int>(why)));
    }
    static std::string of(std::string_view permission, bool allowed, policy::Reason reason) {
      return fmt::format("{}: {} {}", permission, allowed ? "allowed" : "refused", static_cast<int>(reason));
    }
    static std::string of(std::string_view permission, std::string_view role_arn, TrustRefusal why) {
      return fmt::format("{} on {}: {}", permission, role_arn, static_cast<int>(why));
    }
    std::vector<std::string> told;
  };

  TestIdentity world_;
  Listener listener_;
  const AccountId account_ = world_.account;
  Authenticator authenticator_{world_.registry, world_.sessions, world_.clock, {}};
};

TEST_F(StsTest, EachPermissionIsToldAsItWasDecided) {
  using policy::Reason;
  using Told = std::vector<std::string>;
  const auto allowed = Listener::of("sts:AssumeRole", true, Reason::kCallerNamed);
  ASSERT_TRUE(assume(*user()));
  EXPECT_EQ(listener_.told, Told{allowed});
  const AssumeRoleWish tagged{.session = {.tags = {{"team", "a"}}, .source_identity = "source"}};
  EXPECT_FALSE(assume(*user(), tagged));
  EXPECT_EQ(listener_.told, (Told{allowed, Listener::of("sts:TagSession", false, Reason::kNoStatement)}));
  set_trust(trust("arn:aws:iam::111122223333:user/u", kEveryAction));
  EXPECT_TRUE(assume(*user(), tagged));
  EXPECT_EQ(listener_.told, (Told{allowed, Listener::of("sts:TagSession", true, Reason::kCallerNamed),
                                  Listener::of("sts:SetSourceIdentity", true, Reason::kCallerNamed)}));
  set_trust(trust("111122223333"));
  EXPECT_FALSE(assume(*user()));
  EXPECT_EQ(listener_.told, Told{Listener::of("sts:AssumeRole", false, Reason::kAccountDelegates)});
  EXPECT_FALSE(assume(*root()));
  EXPECT_EQ(listener_.told, Told{Listener::of("sts:AssumeRole", false, Reason::kRootMayNotAssume)});
}

TEST_F(StsTest, WhatIsRefusedWithoutAskingAPolicyIsToldToo) {
  using Told = std::vector<std::string>;
  constexpr const char* kNone = "arn:aws:iam::111122223333:role/none";
  EXPECT_FALSE(assume(*user(), {.role_arn = kNone}));
  EXPECT_EQ(listener_.told, Told{Listener::of("sts:AssumeRole", kNone, TrustRefusal::kNoSuchRole)});
  EXPECT_FALSE(assume(*user(), {.role_arn = "arn:aws:iam::111122223333:user/u"})) << "not well-formed";
  EXPECT_EQ(listener_.told, Told{});
  set_trust(trust("111122223333", kEveryAction));
  allow_user(sts_policy());
  const auto first = assume(*user(), {.session = {.source_identity = "one"}});
  ASSERT_TRUE(first);
  const auto session = sign_in(signer_of(*first)).value().caller;
  EXPECT_FALSE(assume(*session, {.session = {.source_identity = "two"}}));
  EXPECT_EQ(listener_.told,
            Told{Listener::of("sts:SetSourceIdentity", kAppRoleArn, TrustRefusal::kSourceIdentityIsSet)});
}

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

TEST_F(StsTest, WhoMayAssumeARole) {
  EXPECT_TRUE(assume(*user())) << "the trust policy names the user";
  set_trust(trust("111122223333"));
  expect_refused(assume(*user()), ErrorCode::kAccessDenied, "sts:AssumeRole");
  allow_user(sts_policy());
  EXPECT_TRUE(assume(*user())) << "the trust policy names the account, an identity policy allows";
  expect_refused(assume(*root()), ErrorCode::kAccessDenied, "Roles may not be assumed by root accounts.");
  allow_user(sts_policy("Deny"));
  set_trust(trust("arn:aws:iam::111122223333:user/u"));
  expect_refused(assume(*user()), ErrorCode::kAccessDenied, "sts:AssumeRole");
  const std::string denied =
      "User: arn:aws:iam::111122223333:user/u is not authorized to perform: sts:AssumeRole on resource: ";
  EXPECT_EQ(assume(*user()).error().message(), denied + kAppRoleArn);
  for (const char* other : {"arn:aws:iam::111122223333:role/None", "arn:aws:iam::999999999999:role/None"}) {
    const auto result = assume(*user(), {.role_arn = other});
    EXPECT_EQ(result.error().code(), ErrorCode::kAccessDenied);
    EXPECT_EQ(result.error().message(), denied + other) << "in the same words: nobody learns which roles exist";
    expect_refused(assume(*root(), {.role_arn = other}), ErrorCode::kAccessDenied, "Roles may not be assumed by root");
  }
  expect_refused(assume(*user(), {.role_arn = "arn:aws:iam::111122223333:user/u"}), ErrorCode::kValidation,
                 "Request ARN is invalid");
}

TEST_F(StsTest, TrustPoliciesSeeTheRolesTagsAndAccount) {
  const std::string me = "arn:aws:iam::111122223333:user/u";
  must([&](const RuleContext& c) { return tag_holder(c, {EntityKind::kRole, account_, "Role"}, {{"Team", "a"}}); });
  for (const auto& [condition, fits] : std::map<std::string, bool>{
           {R"({"StringEquals":{"aws:ResourceTag/team":"a"}})", true},
           {R"({"StringEquals":{"iam:ResourceTag/Team":"a"}})", true},
           {R"({"StringEquals":{"aws:ResourceTag/Team":"b"}})", false},
           {R"({"StringEquals":{"aws:ResourceAccount":"111122223333"}})", true},
           {R"({"StringNotEquals":{"aws:ResourceAccount":"111122223333"}})", false},
       }) {
    set_trust(trust(me, kEveryAction, condition));
    EXPECT_EQ(assume(*user()).has_value(), fits) << condition;
  }
}

TEST_F(StsTest, WhatCredentialsOfGetSessionTokenReachOfSts) {
  const auto caller = sign_in(signer_of(*session_token(*user()))).value().caller;
  EXPECT_TRUE(check_session_reach(*caller, "sts:AssumeRole"));
  EXPECT_TRUE(check_session_reach(*caller, "sts:GetCallerIdentity"));
  EXPECT_TRUE(check_session_reach(*caller, "kms:Encrypt"));
  const Status refused = check_session_reach(*caller, "sts:GetAccessKeyInfo");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::kAccessDenied);
  EXPECT_EQ(refused.error().message(), "Cannot call GetAccessKeyInfo with session credentials");
  EXPECT_FALSE(
      check_session_reach(*sign_in(signer_of(*session_token(*root()))).value().caller, "sts:GetAccessKeyInfo"));
  EXPECT_TRUE(check_session_reach(*user(), "sts:GetAccessKeyInfo"));
  EXPECT_TRUE(check_session_reach(*sign_in(signer_of(*assume(*user()))).value().caller, "sts:GetAccessKeyInfo"));
}

TEST_F(StsTest, TheTrustPolicysConditionsSeeTheRequest) {
  struct Row {
    std::string condition;
    AssumeRoleWish fits, differs;
  };
  for (const Row& row : {
           Row{R"({"StringEquals":{"sts:ExternalId":"id:1"}})", {.external_id = "id:1"}, {.external_id = "id:2"}},
           Row{R"({"StringEquals":{"sts:ExternalId":"id:1"}})", {.external_id = "id:1"}, {}},
           Row{R"({"StringEquals":{"sts:RoleSessionName":"job"}})", {}, {.session_name = "other"}},
           Row{R"({"StringEquals":{"sts:SourceIdentity":"me"}})",
               {.session = {.source_identity = "me"}},
               {.session = {.source_identity = "you"}}},
           Row{R"({"StringEquals":{"aws:RequestTag/Team":"a"}})",
               {.session = {.tags = {{"team", "a"}}}},
               {.session = {.tags = {{"team", "b"}}}}},
           Row{R"({"ForAllValues:StringEquals":{"aws:TagKeys":["a","b"]}})",
               {.session = {.tags = {{"a", ""}, {"b", ""}}}},
               {.session = {.tags = {{"a", ""}, {"c", ""}}}}},
           Row{R"({"ForAnyValue:StringEquals":{"sts:TransitiveTagKeys":"a"}})",
               {.session = {.tags = {{"a", ""}}, .transitive_tag_keys = {"a"}}},
               {.session = {.tags = {{"a", ""}}}}},
       }) {
    set_trust(trust("arn:aws:iam::111122223333:user/u", kEveryAction, row.condition));
    const auto fits = assume(*user(), row.fits);
    EXPECT_TRUE(fits) << row.condition << fits.error().message();
    expect_refused(assume(*user(), row.differs), ErrorCode::kAccessDenied, "is not authorized");
  }
}

TEST_F(StsTest, TagsAndSourceIdentityNeedPermissionsOfTheirOwn) {
  const AssumeRoleWish tagged{.session = {.tags = {{"k", "v"}}}}, sourced{.session = {.source_identity = "me"}};
  expect_refused(assume(*user(), tagged), ErrorCode::kAccessDenied, "sts:TagSession");
  expect_refused(assume(*user(), sourced), ErrorCode::kAccessDenied, "sts:SetSourceIdentity");
  set_trust(trust("arn:aws:iam::111122223333:user/u", kEveryAction));
  const auto with_tags = assume(*user(), tagged);
  ASSERT_TRUE(with_tags);
  EXPECT_EQ(sign_in(signer_of(*with_tags))->caller->session->tags, (std::vector<Tag>{{"k", "v"}}));
  const auto with_source = assume(*user(), sourced);
  ASSERT_TRUE(with_source);
  EXPECT_EQ(with_source->source_identity, "me");
  const auto caller = sign_in(signer_of(*with_source))->caller;
  EXPECT_EQ(caller->session->source_identity, "me");
  EXPECT_NE(caller->session->audit_context.find(R"("sourceIdentity":"me")"), std::string::npos);
}

TEST_F(StsTest, DurationsAreBounded) {
  for (const auto& [seconds, part] :
       std::map<int, std::string>{{899, "at least 900"}, {7201, "exceeds the MaxSessionDuration set for this role"}}) {
    expect_refused(assume(*user(), {.session = {.duration = std::chrono::seconds(seconds)}}), ErrorCode::kValidation,
                   part);
  }
  EXPECT_EQ(assume(*user(), {.session = {.duration = std::chrono::seconds(7200)}})->expires,
            test_time() + std::chrono::hours(2));
}

TEST_F(StsTest, MalformedWishesAreRefused) {
  struct Row {
    AssumeRoleWish wish;
    ErrorCode code;
  };
  set_trust(trust("arn:aws:iam::111122223333:user/u", kEveryAction));
  std::vector<Tag> huge;
  for (int i = 0; i < 50; ++i) huge.push_back({"key" + std::to_string(i), std::string(200, 'v')});
  for (const Row& row : {
           Row{{.session_name = "a"}, ErrorCode::kValidation},
           Row{{.session_name = "a:b"}, ErrorCode::kValidation},
           Row{{.external_id = "x"}, ErrorCode::kValidation},
           Row{{.external_id = "a b"}, ErrorCode::kValidation},
           Row{{.external_id = std::string(1225, 'x')}, ErrorCode::kValidation},
           Row{{.session = {.source_identity = "x"}}, ErrorCode::kValidation},
           Row{{.session = {.source_identity = "a/b"}}, ErrorCode::kValidation},
           Row{{.session = {.policy = "{}"}}, ErrorCode::kMalformedPolicyDocument},
           Row{{.session = {.policy = test_policy(std::string(2048, 'x'))}}, ErrorCode::kPackedPolicyTooLarge},
           Row{{.session = {.policy_arns = {"arn:aws:iam::111122223333:policy/None"}}}, ErrorCode::kValidation},
           Row{{.session = {.policy_arns = std::vector<std::string>(11, "x")}}, ErrorCode::kValidation},
           Row{{.session = {.tags = {{"aws:x", ""}}}}, ErrorCode::kValidation},
           Row{{.session = {.tags = {{"a", ""}}, .transitive_tag_keys = {"b"}}}, ErrorCode::kValidation},
           Row{{.session = {.tags = std::vector<Tag>(51, Tag{"k", ""})}}, ErrorCode::kValidation},
           Row{{.session = {.tags = huge}}, ErrorCode::kPackedPolicyTooLarge},
       }) {
    expect_refused(assume(*user(), row.wish), row.code, "");
  }
}

TEST_F(StsTest, TheLongestWishesAreGranted) {
  const std::size_t rest = test_policy("").size();
  std::string wide;
  for (int i = 0; i < 30; ++i) wide += "\xc3\xa4";
  std::string in_characters = test_policy(std::string(2048 - rest - 38, 'x'));
  in_characters.insert(1, "\"Id\":\"" + wide + "\",");
  std::vector<std::string> arns;
  for (int i = 0; i < 10; ++i) {
    const std::string name = "p" + std::to_string(i);
    arns.push_back("arn:aws:iam::111122223333:policy/" + name);
    must([&](const RuleContext& c) {
      return create_policy(c, {.account = account_, .name = name, .document = test_policy()});
    });
  }
  for (const AssumeRoleWish& wish : {
           AssumeRoleWish{.external_id = "x1"},
           AssumeRoleWish{.external_id = std::string(1224, 'x')},
           AssumeRoleWish{.session = {.policy = test_policy(std::string(2048 - rest, 'x'))}},
           AssumeRoleWish{.session = {.policy = in_characters}},
           AssumeRoleWish{.session = {.policy_arns = arns}},
       }) {
    const auto issued = assume(*user(), wish);
    EXPECT_TRUE(issued) << issued.error().message();
  }
  in_characters.insert(7, "x");
  expect_refused(assume(*user(), {.session = {.policy = in_characters}}), ErrorCode::kPackedPolicyTooLarge,
                 "longer than 2048 characters");
}

TEST_F(StsTest, SessionPoliciesLimitTheSession) {
  must([&](const RuleContext& c) {
    return create_policy(c, {.account = account_, .name = "m", .document = test_policy("managed")});
  });
  const std::string arn = "arn:aws:iam::111122223333:policy/m";
  const auto issued = assume(*user(), {.session = {.policy = test_policy("inline"), .policy_arns = {arn}}});
  ASSERT_TRUE(issued) << issued.error().message();
  EXPECT_EQ(issued->packed_policy_size, 3);
  const auto sids = [&] {
    std::vector<std::string> all;
    for (const auto& document : sign_in(signer_of(*issued))->caller->policies(account_).session) {
      all.push_back(document->statements()[0].sid);
    }
    return all;
  };
  EXPECT_EQ(sids(), (std::vector<std::string>{"inline", "managed"}));
  must([&](const RuleContext& c) { return create_policy_version(c, account_, arn, test_policy("newer"), true); });
  EXPECT_EQ(sids(), (std::vector<std::string>{"inline", "newer"}));
  must([&](const RuleContext& c) { return delete_policy_version(c, account_, arn, "v1"); });
  must([&](const RuleContext& c) { return delete_policy(c, account_, arn); });
  EXPECT_EQ(sign_in(signer_of(*issued)).error().code(), ErrorCode::kUnrecognizedClient)
      << "without the policy it would have more rights";
}

TEST_F(StsTest, AChainOfRolesKeepsWhatItMustAndLastsAnHour) {
  set_trust(trust("111122223333", kEveryAction));
  allow_user(sts_policy());
  must([&](const RuleContext& c) {
    return put_inline_policy(c, {EntityKind::kRole, account_, "Role"}, "p", sts_policy());
  });
  const auto first = assume(
      *user(),
      {.session = {.tags = {{"Team", "a"}, {"own", "x"}}, .transitive_tag_keys = {"team"}, .source_identity = "me"}});
  ASSERT_TRUE(first) << first.error().message();
  const auto chained = sign_in(signer_of(*first))->caller;
  expect_refused(assume(*chained, {.session = {.duration = std::chrono::seconds(3601)}}), ErrorCode::kValidation,
                 "role chaining");
  expect_refused(assume(*chained, {.session = {.tags = {{"TEAM", "b"}}}}), ErrorCode::kValidation, "conflicts");
  expect_refused(assume(*chained, {.session = {.source_identity = "you"}}), ErrorCode::kAccessDenied,
                 "sts:SetSourceIdentity");
  const auto second = assume(*chained, {.session = {.tags = {{"new", "y"}}}});
  ASSERT_TRUE(second) << second.error().message();
  const auto caller = sign_in(signer_of(*second))->caller;
  EXPECT_EQ(caller->session->tags, (std::vector<Tag>{{"Team", "a"}, {"new", "y"}}));
  EXPECT_EQ(caller->session->transitive_tag_keys, std::vector<std::string>{"Team"});
  EXPECT_EQ(caller->session->source_identity, "me");
  set_trust(trust("111122223333"));
  expect_refused(assume(*chained), ErrorCode::kAccessDenied, "sts:TagSession");
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
