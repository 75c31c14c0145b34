#include "iam/sts_rules.h"

#include <gtest/gtest.h>

#include <map>

#include "iam/policy_rules.h"
#include "iam/tag_rules.h"
#include "iam/testing_sts.h"

namespace claviger::iam {
namespace {

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

}  // namespace
}  // namespace claviger::iam
