// What a statement's conditions and variables do, decisions without a key and on trust, and what a refused caller is
// told.
#include <gtest/gtest.h>

#include "policy/decision.h"
#include "policy/decision_fixtures.h"

namespace claviger::policy {
namespace {

struct Judged {
  std::string_view name;
  std::string statement;
  bool applies;
};

// What only identity policies see of a request, key policies do not.
TEST(KeyDecision, EachSideAsksItsOwnViewOfTheRequest) {
  struct Views final : Context {
    ContextValues find(const ContextKey&) const override { return ContextValues::single("whole"); }
    const Context& in_resource_policy() const override { return narrow; }
    struct Narrow final : Context {
      ContextValues find(const ContextKey&) const override { return ContextValues::single("narrow"); }
    } narrow;
  };
  const Views context;
  const auto with = [](std::string_view principal, std::string_view value) {
    return R"({"Effect":"Allow",)" + std::string(principal) +
           R"("Action":"*","Resource":"*","Condition":{"StringEquals":{"k:k":")" + std::string(value) + R"("}}})";
  };
  constexpr std::string_view kAccount = R"("Principal":{"AWS":"111122223333"},)";
  for (const std::string_view seen_by_key_policy : {"whole", "narrow"}) {
    for (const std::string_view seen_by_identity : {"whole", "narrow"}) {
      const auto key_policy = parse(DocumentKind::kKeyPolicy, with(kAccount, seen_by_key_policy));
      const Documents identity_documents = {parse(DocumentKind::kIdentity, with("", seen_by_identity))};
      Trace trace;
      const Decision decision =
          decide_on_key({kUser, "kms:Encrypt", kKeyArn, &context},
                        {.owner = kOwner, .resource_policy = key_policy.get(), .identity = identity_documents}, &trace);
      ASSERT_EQ(trace.statements.size(), 2u);
      EXPECT_EQ(trace.statements[0].conditions[0].request_values, std::vector<std::string>{"narrow"});
      EXPECT_EQ(trace.statements[1].conditions[0].request_values, std::vector<std::string>{"whole"});
      EXPECT_EQ(decision.allowed(), seen_by_key_policy == "narrow" && seen_by_identity == "whole")
          << seen_by_key_policy << ' ' << seen_by_identity;
    }
  }
}

// What a statement of an identity policy does to `kms:Encrypt` for the user `anna` with one context key of two values.
TEST(KeyDecision, ConditionsAndVariablesDecideWhetherAStatementApplies) {
  MapContext context;
  context.set("aws:username", "anna");
  context.set("kms:EncryptionContext:App", "X");
  context.set_many("kms:EncryptionContextKeys", {"App", "Other"});
  const auto key_policy = parse(DocumentKind::kKeyPolicy, kDefault);
  const auto with = [](std::string_view effect, std::string_view resource_element, std::string_view condition) {
    return R"({"Effect":")" + std::string(effect) + R"(","Action":"kms:Encrypt",)" + std::string(resource_element) +
           R"(,"Condition":)" + std::string(condition) + "}";
  };
  const std::string any = R"("Resource":"*")";
  const std::string variable = R"("Resource":"arn:aws:kms:*:*:key/${aws:missing}")";
  for (
      const Judged& one : {
          Judged{"11: context as wanted", with("Allow", any, R"({"StringEquals":{"kms:EncryptionContext:app":"X"}})"),
                 true},
          Judged{"11: another value", with("Allow", any, R"({"StringEquals":{"kms:EncryptionContext:App":"Y"}})"),
                 false},
          Judged{"11: missing", with("Allow", any, R"({"StringEquals":{"kms:EncryptionContext:B":"X"}})"), false},
          Judged{"13: Deny on a missing key",
                 with("Deny", any, R"({"StringNotEquals":{"kms:ViaService":"s3.us-east-1.amazonaws.com"}})"), true},
          Judged{"15: vacuous", with("Allow", any, R"({"ForAllValues:StringEquals":{"k:k":["A"]}})"), true},
          Judged{
              "all operators and keys must hold",
              with("Allow", any,
                   R"({"StringEquals":{"kms:EncryptionContext:App":"X","aws:username":"otto"},"Null":{"a:b":true}})"),
              false},
          Judged{
              "all hold",
              with(
                  "Allow", any,
                  R"({"StringEquals":{"kms:EncryptionContext:App":["Y","X"],"aws:username":"anna"},"Null":{"a:b":true}})"),
              true},
          Judged{"no condition", with("Allow", any, "{}"), true},
          Judged{"several values without a set operator, Allow",
                 with("Allow", any, R"({"StringEquals":{"kms:EncryptionContextKeys":["App","Other"]}})"), false},
          Judged{"several values without a set operator, Deny",
                 with("Deny", any, R"({"StringEquals":{"kms:EncryptionContextKeys":"z"}})"), true},
          Judged{"value of another type, Allow",
                 with("Allow", any, R"({"NumericNotEquals":{"kms:EncryptionContext:App":1}})"), false},
          Judged{"value of another type, Deny",
                 with("Deny", any, R"({"NumericLessThan":{"kms:EncryptionContext:App":1}})"), true},
          Judged{"variable in the resource", with("Allow", R"("Resource":"arn:aws:kms:*:*:${a:b, 'key'}/*")", "{}"),
                 true},
          Judged{"variable without a value, Allow", with("Allow", variable, "{}"), false},
          Judged{"beside one that matches, Allow",
                 with("Allow", R"("Resource":["*","arn:aws:kms:*:*:key/${aws:missing}"])", "{}"), false},
          Judged{"beside one that matches, Deny",
                 with("Deny", R"("Resource":["arn:aws:kms:*:*:key/${aws:missing}","*"])", "{}"), true},
          Judged{"variable without a value, Deny", with("Deny", variable, "{}"), false},
          Judged{"NotResource with it, Allow",
                 with("Allow", R"("NotResource":"arn:aws:kms:*:*:key/${aws:missing}")", "{}"), false},
          Judged{"NotResource with it, Deny",
                 with("Deny", R"("NotResource":"arn:aws:kms:*:*:key/${aws:missing}")", "{}"), true},
      }) {
    const bool deny = one.statement.find("\"Deny\"") != std::string::npos;
    const Documents documents = parse_all({one.statement, deny ? kAll : kNothing});
    const Decision decision =
        decide_on_key({kUser, "kms:Encrypt", kKeyArn, &context},
                      {.owner = kOwner, .resource_policy = key_policy.get(), .identity = documents});
    EXPECT_EQ(decision.allowed(), one.applies != deny) << one.name;
  }
}

TEST(KeyDecision, SaysWhichStatementDecided) {
  const auto key_policy = parse(DocumentKind::kKeyPolicy, kDefault);
  const auto boundary = parse(DocumentKind::kIdentity, kAll + "," + identity("Deny", "kms:Decrypt"));
  const Documents documents = parse_all({kNothing, kNothing + "," + kAll + "," + kAll, kAll});
  const Policies policies{
      .owner = kOwner, .resource_policy = key_policy.get(), .identity = documents, .boundary = boundary.get()};
  Decision decision = decide_on_key({kUser, "kms:Encrypt", kKeyArn}, policies);
  EXPECT_EQ(decision.policy, PolicyType::kIdentity);
  EXPECT_EQ(decision.document, 1u);
  EXPECT_EQ(decision.statement, 1u);
  decision = decide_on_key({kUser, "kms:Decrypt", kKeyArn}, policies);
  EXPECT_EQ(decision.policy, PolicyType::kBoundary);
  EXPECT_EQ(decision.statement, 1u);
  const OneGrant grant("kms:Encrypt", Grantee::kCaller);
  decision = decide_on_key({kUser, "kms:Encrypt", kKeyArn}, {.owner = kOwner, .grants = &grant});
  EXPECT_EQ(decision.grant_id, "grant-1");
}

TEST(KeyDecision, RetireGrantNeedsAGrant) {
  const auto key_policy = parse(DocumentKind::kKeyPolicy, resource("Allow", R"("*")"));
  const OneGrant grant("kms:RetireGrant", Grantee::kCaller);
  Policies policies{.owner = kOwner, .resource_policy = key_policy.get(), .only_by_grant = true};
  EXPECT_FALSE(decide_on_key({kUser, "kms:RetireGrant", kKeyArn}, policies).allowed());
  policies.grants = &grant;
  EXPECT_TRUE(decide_on_key({kUser, "kms:RetireGrant", kKeyArn}, policies).allowed());
  const Documents documents = parse_all({identity("Deny", "kms:Retire*")});
  policies.identity = documents;
  EXPECT_EQ(decide_on_key({kUser, "kms:RetireGrant", kKeyArn}, policies).verdict, Verdict::kExplicitDeny);
}

TEST(KeyDecision, WhatCannotBeDecidedIsRefused) {
  const auto key_policy = parse(DocumentKind::kKeyPolicy, resource("Allow", R"("*")"));
  const Policies policies{.owner = kOwner, .resource_policy = key_policy.get()};
  const std::string long_text(1'000, 'a');
  for (const Question& question : {Question{kUser, long_text, kKeyArn}, Question{kUser, "kms:Encrypt", long_text},
                                   Question{kUser, "kms:\xc3\xa9", kKeyArn}, Question{kUser, "kms:Encrypt", "\xff"}}) {
    const Decision decision = decide_on_key(question, policies);
    EXPECT_EQ(decision.reason, Reason::kNotDecidable);
    EXPECT_EQ(decision.verdict, Verdict::kImplicitDeny);
  }
}

// A condition that is made to be slow, with a request that is made for it.
std::string slow_statement(std::string_view effect) {
  return resource(effect, R"("*")", "*", "Principal",
                  R"(,"Resource":"*","Condition":{"StringLike":{"k:k":"*)" + std::string(4'000, 'a') + R"(b*"}})");
}

TEST(KeyDecision, WhatIsTooMuchWorkIsRefused) {
  MapContext context;
  context.set("k:k", std::string(8'192, 'a'));
  const Question question{kUser, "kms:Encrypt", kKeyArn, &context};
  const std::string allow = resource("Allow", R"("*")"), deny = resource("Deny", R"("*")");
  struct Row {
    std::string_view name;
    std::string statements;
    Reason reason;
  };
  for (const Row& row : {
           Row{"after an Allow", allow + "," + slow_statement("Deny"), Reason::kNotDecidable},
           Row{"before an Allow", slow_statement("Deny") + "," + allow, Reason::kNotDecidable},
           Row{"the Allow itself", allow + "," + slow_statement("Allow") + "," + slow_statement("Deny"),
               Reason::kNotDecidable},
           Row{"before a Deny", slow_statement("Deny") + "," + deny, Reason::kNotDecidable},
           Row{"behind a Deny it is not looked at", deny + "," + slow_statement("Deny"), Reason::kDenyStatement},
       }) {
    const auto key_policy = parse(DocumentKind::kKeyPolicy, row.statements);
    const OneGrant grant("kms:Encrypt", Grantee::kCaller);
    const Decision decision =
        decide_on_key(question, {.owner = kOwner, .resource_policy = key_policy.get(), .grants = &grant});
    EXPECT_EQ(static_cast<int>(decision.reason), static_cast<int>(row.reason)) << row.name;
    EXPECT_EQ(decision.verdict, row.reason == Reason::kNotDecidable ? Verdict::kImplicitDeny : Verdict::kExplicitDeny)
        << row.name;
    EXPECT_EQ(decision.statement.has_value(), row.reason == Reason::kDenyStatement) << row.name;
    // A caller could take a grant for the answer if grants were asked.
    EXPECT_EQ(grant.asked, 0) << row.name;
  }
}

// Whichever document uses the work up, none of those behind it is looked at.
TEST(KeyDecision, NothingIsDecidedOnceTheWorkIsUsedUp) {
  MapContext context;
  context.set("k:k", std::string(8'192, 'a'));
  const Question question{kUser, "kms:Encrypt", kKeyArn, &context};
  const auto key_policy = parse(DocumentKind::kKeyPolicy, kDefault);
  const std::string slow = R"({"Effect":"Deny","Action":"*","Resource":"*","Condition":{"StringLike":{"k:k":"*)" +
                           std::string(4'000, 'a') + R"(b*"}}})";
  const auto slow_one = parse(DocumentKind::kIdentity, kAll + "," + slow),
             deny = parse(DocumentKind::kIdentity, identity("Deny", "*"));
  const Documents allow = parse_all({kAll}), slow_list{slow_one}, deny_list{deny};
  const auto reason = [&](const Policies& policies) { return decide_on_key(question, policies).reason; };
  const Document* key = key_policy.get();
  EXPECT_EQ(reason({.owner = kOwner, .resource_policy = key, .identity = slow_list, .boundary = deny.get()}),
            Reason::kNotDecidable);
  EXPECT_EQ(reason({.owner = kOwner,
                    .resource_policy = key,
                    .identity = allow,
                    .boundary = slow_one.get(),
                    .session = deny_list}),
            Reason::kNotDecidable);
  EXPECT_EQ(reason({.owner = kOwner, .resource_policy = key, .identity = allow, .session = slow_list}),
            Reason::kNotDecidable);
  EXPECT_EQ(decide_without_key(question, {.owner = kOwner, .identity = slow_list}).reason, Reason::kNotDecidable);
}

TEST(Bindings, AStatementMeansWhoeverHadTheNameThen) {
  const std::vector<Binding> bindings{{std::string(kUserArn), "AIDAOLD"}, {std::string(kRoleArn), "AROAR"}};
  const auto decide = [&](std::string_view effect, std::string_view arn, const Principal& principal) {
    const auto key_policy = parse(DocumentKind::kKeyPolicy, resource(effect, aws(arn)), bindings);
    return decide_on_key({principal, "kms:Encrypt", kKeyArn}, {.owner = kOwner, .resource_policy = key_policy.get()})
        .reason;
  };
  Principal renamed = kUser;
  renamed.arn = "arn:aws:iam::111122223333:user/renamed";
  renamed.unique_id = "AIDAOLD";
  Principal unknown = kUser;
  unknown.unique_id = {};
  EXPECT_EQ(decide("Allow", kUserArn, kUser), Reason::kNoStatement);
  EXPECT_EQ(decide("Allow", kUserArn, renamed), Reason::kCallerNamed);
  EXPECT_EQ(decide("Allow", kUserArn, unknown), Reason::kNoStatement);
  EXPECT_EQ(decide("Deny", kUserArn, kUser), Reason::kNoStatement);
  EXPECT_EQ(decide("Deny", kUserArn, unknown), Reason::kDenyStatement);
  EXPECT_EQ(decide("Allow", kRoleArn, kSession), Reason::kSourceNamed);
  EXPECT_EQ(decide("Allow", kSessionArn, kSession), Reason::kCallerNamed);
}

TEST(DecisionWithoutKey, IdentityPoliciesDecide) {
  const Documents allow = parse_all({kAll}), deny = parse_all({kAll, identity("Deny", "kms:CreateKey")});
  const Documents key_only = parse_all({identity("Allow", "kms:*", kKeyArn)});
  const auto nothing = parse(DocumentKind::kIdentity, kNothing);
  const Documents no_session = parse_all({kNothing});
  const auto decide = [](const Principal& principal, const Policies& policies) {
    return decide_without_key({principal, "kms:CreateKey", "*"}, policies).reason;
  };
  EXPECT_EQ(decide(kUser, {.owner = kOwner, .identity = allow}), Reason::kIdentityPolicy);
  EXPECT_EQ(decide(kUser, {.owner = kOwner, .identity = deny}), Reason::kDenyStatement);
  EXPECT_EQ(decide(kUser, {.owner = kOwner, .identity = key_only}), Reason::kNoIdentityPolicy);
  EXPECT_EQ(decide(kUser, {.owner = kOwner, .identity = allow, .boundary = nothing.get()}), Reason::kNoBoundary);
  EXPECT_EQ(decide(kSession, {.owner = kOwner, .identity = allow, .session = no_session}), Reason::kNoSessionPolicy);
  EXPECT_EQ(decide(kRoot, {.owner = kOwner}), Reason::kRootIdentity);
  EXPECT_EQ(decide(kForeign, {.owner = kOwner, .identity = allow}), Reason::kNoIdentityPolicy);
  EXPECT_EQ(decide(kService, {.owner = kOwner, .identity = allow}), Reason::kNoIdentityPolicy);
}

TEST(TrustDecision, TheRolesAccountMayLeaveItToIdentityPolicies) {
  struct Trust {
    std::string_view name;
    Principal principal;
    std::string trust;
    bool identity;
    Reason reason;
    std::string_view action = "sts:AssumeRole";
  };
  const auto statement = [](std::string_view effect, std::string_view principal,
                            std::string_view action = "sts:AssumeRole", std::string_view more = "") {
    return resource(effect, principal, action, "Principal", more);
  };
  const std::string google = R"({"Federated":"accounts.google.com"})";
  for (const Trust& one : {
           Trust{"user named", kUser, statement("Allow", aws(kUserArn)), false, Reason::kCallerNamed},
           Trust{"account", kUser, statement("Allow", aws(kRootArn)), false, Reason::kAccountDelegates},
           Trust{"account and identity policy", kUser, statement("Allow", aws(kRootArn)), true,
                 Reason::kIdentityPolicy},
           Trust{"identity policy alone", kUser, statement("Allow", aws("444455556666")), true, Reason::kNoStatement},
           Trust{"foreign user named", kForeign, statement("Allow", aws(kForeign.arn)), false,
                 Reason::kAccountDelegates},
           Trust{"both", kForeign, statement("Allow", aws(kForeign.arn)), true, Reason::kIdentityPolicy},
           Trust{"deny", kUser, statement("Allow", aws(kUserArn)) + "," + statement("Deny", R"("*")"), true,
                 Reason::kDenyStatement},
           Trust{"another action", kUser, statement("Allow", aws(kUserArn), "sts:TagSession"), true,
                 Reason::kNoStatement},
           Trust{"root", kRoot, statement("Allow", aws(kRootArn)), false, Reason::kRootMayNotAssume},
           Trust{"service", kService, statement("Allow", R"({"Service":"logs.amazonaws.com"})"), false,
                 Reason::kCallerNamed},
           Trust{"provider", kWeb, statement("Allow", google, "sts:AssumeRoleWithWebIdentity"), false,
                 Reason::kCallerNamed, "sts:AssumeRoleWithWebIdentity"},
           Trust{"another provider", kWeb,
                 statement("Allow", R"({"Federated":"www.amazon.com"})", "sts:AssumeRoleWithWebIdentity"), false,
                 Reason::kNoStatement, "sts:AssumeRoleWithWebIdentity"},
           Trust{"condition", kWeb,
                 statement("Allow", google, "sts:AssumeRoleWithWebIdentity",
                           R"(,"Condition":{"StringEquals":{"accounts.google.com:aud":"me"}})"),
                 false, Reason::kNoStatement, "sts:AssumeRoleWithWebIdentity"},
       }) {
    const auto trust = parse(DocumentKind::kTrust, one.trust);
    const Documents identity_policies = one.identity ? parse_all({kAll}) : Documents();
    const Decision decision =
        decide_trust({one.principal, one.action, kRoleArn},
                     {.owner = kOwner, .resource_policy = trust.get(), .identity = identity_policies});
    EXPECT_EQ(static_cast<int>(decision.reason), static_cast<int>(one.reason)) << one.name;
  }
}

TEST(AccessDenied, NamesTheKindOfPolicy) {
  struct Text {
    Decision decision;
    std::string_view rest;
  };
  constexpr std::string_view kHidden =
      "because the resource does not exist in this Region, no resource-based policies allow access, or a "
      "resource-based policy explicitly denies access";
  for (const Text& text : {
           Text{{.reason = Reason::kDenyStatement, .policy = PolicyType::kKeyPolicy},
                "with an explicit deny in a resource-based policy"},
           Text{{.reason = Reason::kDenyStatement, .policy = PolicyType::kIdentity},
                "with an explicit deny in an identity-based policy"},
           Text{{.reason = Reason::kDenyStatement, .policy = PolicyType::kBoundary},
                "with an explicit deny in a permissions boundary"},
           Text{{.reason = Reason::kDenyStatement, .policy = PolicyType::kSession},
                "with an explicit deny in a session policy"},
           Text{{.reason = Reason::kDenyStatement, .policy = PolicyType::kTrustPolicy},
                "with an explicit deny in the role trust policy"},
           Text{{.reason = Reason::kNoBoundary}, "because no permissions boundary allows the kms:Encrypt action"},
           Text{{.reason = Reason::kNoSessionPolicy}, "because no session policy allows the kms:Encrypt action"},
           Text{{.reason = Reason::kNoStatement, .policy = PolicyType::kTrustPolicy},
                "because no role trust policy allows the kms:Encrypt action"},
           Text{{.reason = Reason::kNoStatement, .policy = PolicyType::kKeyPolicy, .across_accounts = true}, kHidden},
           Text{{.reason = Reason::kDenyStatement, .policy = PolicyType::kKeyPolicy, .across_accounts = true}, kHidden},
           Text{{.reason = Reason::kDenyStatement, .policy = PolicyType::kIdentity, .across_accounts = true},
                "with an explicit deny in an identity-based policy"},
       }) {
    const Error error = access_denied({kUser, "kms:Encrypt", kKeyArn}, text.decision);
    EXPECT_EQ(error.code(), ErrorCode::kAccessDenied);
    EXPECT_EQ(error.message(),
              "User: arn:aws:iam::111122223333:user/u is not authorized to perform: kms:Encrypt on "
              "resource: " +
                  std::string(kKeyArn) + " " + std::string(text.rest));
  }
  EXPECT_EQ(access_denied({kRoot, "sts:AssumeRole", kRoleArn}, {.reason = Reason::kRootMayNotAssume}).message(),
            "Roles may not be assumed by root accounts.");
}

}  // namespace
}  // namespace claviger::policy
