// Decisions of callers that have policies of their own: the vectors of AWS's rules.
#include <gtest/gtest.h>

#include "policy/decision.h"
#include "policy/decision_fixtures.h"

namespace claviger::policy {
namespace {

struct KeyDecisionRow {
  std::string_view name;
  Principal principal;
  std::string key_policy;
  std::vector<std::string> identity = {};
  std::optional<std::string> boundary = {};
  std::vector<std::string> session = {};
  std::optional<Grantee> grant = {};
  Reason reason;
  std::string_view action = "kms:Encrypt";
  bool across = true;
};

bool is_allow(Reason reason) { return reason < Reason::kDenyStatement; }

void expect_decisions(const std::vector<KeyDecisionRow>& rows) {
  for (const KeyDecisionRow& row : rows) {
    const auto key_policy = parse(DocumentKind::kKeyPolicy, row.key_policy);
    const Documents documents = parse_all(row.identity), session = parse_all(row.session);
    const auto boundary = row.boundary ? parse(DocumentKind::kIdentity, *row.boundary) : nullptr;
    const OneGrant grant("kms:Encrypt", row.grant.value_or(Grantee::kCaller));
    const Decision decision =
        decide_on_key({row.principal, row.action, kKeyArn}, {.owner = kOwner,
                                                             .resource_policy = key_policy.get(),
                                                             .identity = documents,
                                                             .boundary = boundary.get(),
                                                             .session = session,
                                                             .usable_across_accounts = row.across,
                                                             .grants = row.grant ? &grant : nullptr});
    EXPECT_EQ(static_cast<int>(decision.reason), static_cast<int>(row.reason)) << row.name;
    const Verdict verdict = is_allow(row.reason)                   ? Verdict::kAllow
                            : row.reason == Reason::kDenyStatement ? Verdict::kExplicitDeny
                                                                   : Verdict::kImplicitDeny;
    EXPECT_EQ(decision.verdict, verdict) << row.name;
    if (verdict == Verdict::kExplicitDeny) {
      EXPECT_EQ(grant.asked, 0) << row.name;
    }
  }
}

TEST(KeyDecision, FollowsTheVectors) {
  const std::string other = aws("444455556666");
  expect_decisions({
      {.name = "1: the account delegates to nobody",
       .principal = kUser,
       .key_policy = kDefault,
       .reason = Reason::kAccountDelegates},
      {.name = "2: identity policy",
       .principal = kUser,
       .key_policy = kDefault,
       .identity = {identity("Allow", "kms:Encrypt", kKeyArn)},
       .reason = Reason::kIdentityPolicy},
      {.name = "2: identity policy for another key",
       .principal = kUser,
       .key_policy = kDefault,
       .identity = {identity("Allow", "kms:Encrypt", "arn:aws:kms:us-east-1:111122223333:key/x*")},
       .reason = Reason::kAccountDelegates},
      {.name = "2: identity policy for aliases",
       .principal = kUser,
       .key_policy = kDefault,
       .identity = {identity("Allow", "kms:*", "arn:aws:kms:*:*:alias/*")},
       .reason = Reason::kAccountDelegates},
      {.name = "2: an ARN that ends early",
       .principal = kUser,
       .key_policy = kDefault,
       .identity = {identity("Allow", "kms:*", "arn:aws:kms:us-east-1")},
       .reason = Reason::kIdentityPolicy},
      {.name = "3: user named",
       .principal = kUser,
       .key_policy = resource("Allow", aws(kUserArn), "kms:Encrypt"),
       .reason = Reason::kCallerNamed},
      {.name = "4: identity policy without the account's statement",
       .principal = kUser,
       .key_policy = resource("Allow", aws(kUserArn), "kms:Encrypt"),
       .identity = {kAll},
       .reason = Reason::kNoStatement,
       .action = "kms:Decrypt"},
      {.name = "5: identity deny",
       .principal = kUser,
       .key_policy = kDefault,
       .identity = {kAll, identity("Deny", "kms:Encrypt")},
       .reason = Reason::kDenyStatement},
      {.name = "5: identity deny against the key policy",
       .principal = kUser,
       .key_policy = resource("Allow", aws(kUserArn)),
       .identity = {identity("Deny", "kms:Encrypt")},
       .reason = Reason::kDenyStatement},
      {.name = "6: deny against a grant",
       .principal = kUser,
       .key_policy = resource("Deny", aws(kUserArn)),
       .grant = Grantee::kCaller,
       .reason = Reason::kDenyStatement},
      {.name = "7: grant alone",
       .principal = kUser,
       .key_policy = resource("Allow", aws("arn:aws:iam::111122223333:user/admin")),
       .grant = Grantee::kCaller,
       .reason = Reason::kGrant},
      {.name = "8: foreign user named, own account silent",
       .principal = kForeign,
       .key_policy = resource("Allow", aws(kForeign.arn)),
       .reason = Reason::kAccountDelegates},
      {.name = "8: both sides",
       .principal = kForeign,
       .key_policy = resource("Allow", aws(kForeign.arn)),
       .identity = {kAll},
       .reason = Reason::kIdentityPolicy},
      {.name = "9: foreign account",
       .principal = kForeign,
       .key_policy = resource("Allow", other, "kms:Encrypt"),
       .identity = {kAll},
       .reason = Reason::kIdentityPolicy},
      {.name = "9: another action",
       .principal = kForeign,
       .key_policy = resource("Allow", other, "kms:Encrypt"),
       .identity = {kAll},
       .reason = Reason::kNoStatement,
       .action = "kms:DescribeKey"},
      {.name = "10: not across accounts",
       .principal = kForeign,
       .key_policy = resource("Allow", other),
       .identity = {kAll},
       .reason = Reason::kNotCrossAccount,
       .across = false},
      {.name = "foreign grant",
       .principal = kForeign,
       .key_policy = kDefault,
       .grant = Grantee::kCaller,
       .reason = Reason::kGrant},
      {.name = "a grant is no way around the account",
       .principal = kForeign,
       .key_policy = kDefault,
       .grant = Grantee::kCaller,
       .reason = Reason::kNotCrossAccount,
       .across = false},
      {.name = "everyone, foreign with an identity policy",
       .principal = kForeign,
       .key_policy = resource("Allow", R"("*")"),
       .identity = {kAll},
       .reason = Reason::kIdentityPolicy},
      {.name = "foreign root",
       .principal = kForeignRoot,
       .key_policy = resource("Allow", other),
       .reason = Reason::kAccountNamed},
      {.name = "root", .principal = kRoot, .key_policy = kDefault, .reason = Reason::kAccountNamed},
      {.name = "service named",
       .principal = kService,
       .key_policy = resource("Allow", R"({"Service":"logs.amazonaws.com"})"),
       .reason = Reason::kCallerNamed},
      {.name = "another service named",
       .principal = kService,
       .key_policy = resource("Allow", R"({"Service":"s3.amazonaws.com"})"),
       .reason = Reason::kNoStatement},
      {.name = "a service is of no account",
       .principal = kService,
       .key_policy = kDefault,
       .identity = {kAll},
       .reason = Reason::kNoStatement},
      {.name = "a web identity is not everyone",
       .principal = kWeb,
       .key_policy = resource("Allow", R"("*")"),
       .reason = Reason::kNoStatement},
      {.name = "a Deny for everyone is for a web identity too",
       .principal = kWeb,
       .key_policy = resource("Deny", R"("*")"),
       .reason = Reason::kDenyStatement},
  });
}

TEST(KeyDecision, BoundariesAndSessionPoliciesLimit) {
  const std::string role = resource("Allow", aws(kRoleArn)), session = resource("Allow", aws(kSessionArn));
  const std::string user = resource("Allow", aws(kUserArn));
  expect_decisions({
      {.name = "boundary of an identity policy",
       .principal = kUser,
       .key_policy = kDefault,
       .identity = {kAll},
       .boundary = kNothing,
       .reason = Reason::kNoBoundary},
      {.name = "boundary that allows",
       .principal = kUser,
       .key_policy = kDefault,
       .identity = {kAll},
       .boundary = kAll,
       .reason = Reason::kIdentityPolicy},
      {.name = "a boundary gives nothing",
       .principal = kUser,
       .key_policy = kDefault,
       .boundary = kAll,
       .reason = Reason::kAccountDelegates},
      {.name = "user named: no boundary",
       .principal = kUser,
       .key_policy = user,
       .boundary = kNothing,
       .reason = Reason::kCallerNamed},
      {.name = "user named: a boundary's deny",
       .principal = kUser,
       .key_policy = user,
       .boundary = identity("Deny", "kms:*"),
       .reason = Reason::kDenyStatement},
      {.name = "role named", .principal = kSession, .key_policy = role, .reason = Reason::kSourceNamed},
      {.name = "role named: boundary",
       .principal = kSession,
       .key_policy = role,
       .identity = {kAll},
       .boundary = kNothing,
       .reason = Reason::kNoBoundary},
      {.name = "role named: session policy",
       .principal = kSession,
       .key_policy = role,
       .session = {kNothing},
       .reason = Reason::kNoSessionPolicy},
      {.name = "role named: one of the session policies allows",
       .principal = kSession,
       .key_policy = role,
       .session = {kNothing, kAll},
       .reason = Reason::kSourceNamed},
      {.name = "session named",
       .principal = kSession,
       .key_policy = session,
       .boundary = kNothing,
       .session = {kNothing},
       .reason = Reason::kCallerNamed},
      {.name = "everyone: not limited",
       .principal = kSession,
       .key_policy = resource("Allow", R"("*")"),
       .session = {kNothing},
       .reason = Reason::kCallerNamed},
      {.name = "session policy's deny",
       .principal = kSession,
       .key_policy = session,
       .session = {kAll, identity("Deny", "kms:Enc*")},
       .reason = Reason::kDenyStatement},
      {.name = "account: session policy",
       .principal = kSession,
       .key_policy = kDefault,
       .identity = {kAll},
       .session = {kNothing},
       .reason = Reason::kNoSessionPolicy},
      {.name = "a session policy gives nothing",
       .principal = kSession,
       .key_policy = kDefault,
       .session = {kAll},
       .reason = Reason::kAccountDelegates},
      {.name = "the role is limited and the session is named",
       .principal = kSession,
       .key_policy = role + "," + session,
       .session = {kNothing},
       .reason = Reason::kCallerNamed},
      {.name = "federated user without session policies",
       .principal = kFederated,
       .key_policy = kDefault,
       .identity = {kAll},
       .reason = Reason::kNoSessionPolicy},
      {.name = "federated user with one",
       .principal = kFederated,
       .key_policy = kDefault,
       .identity = {kAll},
       .session = {kAll},
       .reason = Reason::kIdentityPolicy},
      {.name = "its user named", .principal = kFederated, .key_policy = user, .reason = Reason::kNoSessionPolicy},
      {.name = "itself named",
       .principal = kFederated,
       .key_policy = resource("Allow", aws(kFederatedArn)),
       .reason = Reason::kCallerNamed},
      {.name = "grant to the session",
       .principal = kSession,
       .key_policy = kDefault,
       .session = {kNothing},
       .grant = Grantee::kCaller,
       .reason = Reason::kGrant},
      {.name = "grant to the role",
       .principal = kSession,
       .key_policy = kDefault,
       .grant = Grantee::kSource,
       .reason = Reason::kGrant},
      {.name = "grant to the role: session policy",
       .principal = kSession,
       .key_policy = kDefault,
       .session = {kNothing},
       .grant = Grantee::kSource,
       .reason = Reason::kNoSessionPolicy},
      {.name = "grant to the role: boundary",
       .principal = kSession,
       .key_policy = kDefault,
       .boundary = kNothing,
       .grant = Grantee::kSource,
       .reason = Reason::kNoBoundary},
      {.name = "grant to the account, no identity policy",
       .principal = kForeign,
       .key_policy = kDefault,
       .grant = Grantee::kAccount,
       .reason = Reason::kAccountDelegates},
      {.name = "grant to the account",
       .principal = kForeign,
       .key_policy = kDefault,
       .identity = {kAll},
       .grant = Grantee::kAccount,
       .reason = Reason::kGrant},
      {.name = "grant to the account, its root",
       .principal = kForeignRoot,
       .key_policy = kDefault,
       .grant = Grantee::kAccount,
       .reason = Reason::kGrant},
      {.name = "grant for another action",
       .principal = kUser,
       .key_policy = kDefault,
       .grant = Grantee::kCaller,
       .reason = Reason::kAccountDelegates,
       .action = "kms:Decrypt"},
  });
}

TEST(KeyDecision, NotPrincipalSparesOnlyWhoIsNamedCompletely) {
  const auto deny = [](std::string_view list) {
    return resource("Allow", R"("*")") + "," +
           resource("Deny", R"({"AWS":[)" + std::string(list) + "]}", "kms:*", "NotPrincipal");
  };
  const std::string user = R"("arn:aws:iam::111122223333:user/u")", account = R"("111122223333")";
  const std::string role = R"("arn:aws:iam::111122223333:role/r")";
  const std::string session = R"("arn:aws:sts::111122223333:assumed-role/r/s")";
  expect_decisions({
      {.name = "root", .principal = kRoot, .key_policy = deny(account), .reason = Reason::kCallerNamed},
      {.name = "root, not named", .principal = kRoot, .key_policy = deny(user), .reason = Reason::kDenyStatement},
      {.name = "user and account",
       .principal = kUser,
       .key_policy = deny(user + "," + account),
       .reason = Reason::kCallerNamed},
      {.name = "user alone", .principal = kUser, .key_policy = deny(user), .reason = Reason::kDenyStatement},
      {.name = "account alone", .principal = kUser, .key_policy = deny(account), .reason = Reason::kDenyStatement},
      {.name = "user with a boundary",
       .principal = kUser,
       .key_policy = deny(user + "," + account),
       .boundary = kAll,
       .reason = Reason::kDenyStatement},
      {.name = "session, role, account",
       .principal = kSession,
       .key_policy = deny(session + "," + role + "," + account),
       .reason = Reason::kCallerNamed},
      {.name = "without the role",
       .principal = kSession,
       .key_policy = deny(session + "," + account),
       .reason = Reason::kDenyStatement},
      {.name = "without the session",
       .principal = kSession,
       .key_policy = deny(role + "," + account),
       .reason = Reason::kDenyStatement},
  });
}

TEST(KeyDecision, NotActionAndNotResourceAreComplements) {
  const auto statement = [](std::string_view action, std::string_view rest) {
    return R"({"Effect":"Allow","Principal":"*",)" + std::string(action) + "," + std::string(rest) + "}";
  };
  const std::string any = R"("Resource":"*")", all = R"("Action":"*")";
  expect_decisions({
      {.name = "listed action",
       .principal = kUser,
       .key_policy = statement(R"("NotAction":["kms:Enc*","kms:x"])", any),
       .reason = Reason::kNoStatement},
      {.name = "action not listed",
       .principal = kUser,
       .key_policy = statement(R"("NotAction":"kms:Decrypt")", any),
       .reason = Reason::kCallerNamed},
      {.name = "listed resource",
       .principal = kUser,
       .key_policy = statement(all, R"("NotResource":"arn:aws:kms:*:111122223333:key/*")"),
       .reason = Reason::kNoStatement},
      {.name = "resource not listed",
       .principal = kUser,
       .key_policy = statement(all, R"("NotResource":"arn:aws:kms:*:111122223333:alias/*")"),
       .reason = Reason::kCallerNamed},
  });
}

}  // namespace
}  // namespace claviger::policy
