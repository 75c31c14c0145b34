#include "policy/decision.h"

#include <gtest/gtest.h>

#include "policy/decision_fixtures.h"

namespace claviger::policy {
namespace {

std::string statement(std::string_view effect, std::string_view principal, std::string_view action,
                      std::string_view resource = "*") {
  return R"({"Effect":")" + std::string(effect) + R"(","Principal":{"AWS":")" + std::string(principal) +
         R"("},"Action":")" + std::string(action) + R"(","Resource":")" + std::string(resource) + R"("})";
}

Document document(const std::vector<std::string>& statements) {
  std::string json = R"({"Version":"2012-10-17","Statement":[)";
  for (std::size_t i = 0; i < statements.size(); ++i) json += (i ? "," : "") + statements[i];
  return Document::parse(DocumentKind::kKeyPolicy, json + "]}").value();
}

Decision decide(const Document& policy, const Principal& principal, std::string_view action = "kms:Encrypt",
                bool across = true) {
  return decide_on_key({principal, action, kKeyArn},
                       {.owner = kOwner, .resource_policy = &policy, .usable_across_accounts = across});
}

struct PolicyRow {
  std::string_view name;
  std::vector<std::string> statements;
  Principal principal;
  Verdict verdict;
  Reason reason;
  std::optional<std::uint32_t> deciding;
  std::string_view action = "kms:Encrypt";
  bool across = true;
};

TEST(Decision, FollowsTheKeyPolicy) {
  const std::string root = "arn:aws:iam::111122223333:root", user = "arn:aws:iam::111122223333:user/u";
  const std::string role = "arn:aws:iam::111122223333:role/r", session = "arn:aws:sts::111122223333:assumed-role/r/s";
  const std::string foreign = "arn:aws:iam::444455556666:root";
  const auto allow = Verdict::kAllow;
  const auto explicit_deny = Verdict::kExplicitDeny;
  const auto implicit_deny = Verdict::kImplicitDeny;
  for (const PolicyRow& row : {
           PolicyRow{"account names root", {statement("Allow", root, "kms:*")}, kRoot, allow, Reason::kAccountNamed, 0},
           PolicyRow{
               "account id", {statement("Allow", "111122223333", "kms:*")}, kRoot, allow, Reason::kAccountNamed, 0},
           PolicyRow{"everyone", {statement("Allow", "*", "kms:Encrypt")}, kRoot, allow, Reason::kCallerNamed, 0},
           PolicyRow{"another action",
                     {statement("Allow", root, "kms:Decrypt")},
                     kRoot,
                     implicit_deny,
                     Reason::kNoStatement,
                     {}},
           PolicyRow{"action in another case",
                     {statement("Allow", root, "KMS:enCRYPT")},
                     kRoot,
                     allow,
                     Reason::kAccountNamed,
                     0},
           PolicyRow{"another key",
                     {statement("Allow", root, "kms:*", std::string(kKeyArn) + "x")},
                     kRoot,
                     implicit_deny,
                     Reason::kNoStatement,
                     {}},
           PolicyRow{"this key", {statement("Allow", root, "kms:*", kKeyArn)}, kRoot, allow, Reason::kAccountNamed, 0},
           PolicyRow{"deny after allow",
                     {statement("Allow", root, "kms:*"), statement("Deny", "*", "kms:Encrypt")},
                     kRoot,
                     explicit_deny,
                     Reason::kDenyStatement,
                     1},
           PolicyRow{"deny of the account",
                     {statement("Deny", root, "kms:*"), statement("Allow", user, "kms:*")},
                     kUser,
                     explicit_deny,
                     Reason::kDenyStatement,
                     0},
           PolicyRow{"the first of two that allow",
                     {statement("Allow", user, "kms:Decrypt"), statement("Allow", user, "kms:Encrypt"),
                      statement("Allow", user, "kms:*")},
                     kUser,
                     allow,
                     Reason::kCallerNamed,
                     1},
           PolicyRow{"deny of another action",
                     {statement("Allow", root, "kms:*"), statement("Deny", "*", "kms:Decrypt")},
                     kRoot,
                     allow,
                     Reason::kAccountNamed,
                     0},
           PolicyRow{"no root statement",
                     {statement("Allow", user, "kms:*")},
                     kRoot,
                     implicit_deny,
                     Reason::kNoStatement,
                     {}},
           PolicyRow{"user named", {statement("Allow", user, "kms:Encrypt")}, kUser, allow, Reason::kCallerNamed, 0},
           PolicyRow{"user of a delegating account",
                     {statement("Allow", root, "kms:*")},
                     kUser,
                     implicit_deny,
                     Reason::kAccountDelegates,
                     0},
           PolicyRow{
               "role names its session", {statement("Allow", role, "kms:*")}, kSession, allow, Reason::kSourceNamed, 0},
           PolicyRow{"session named", {statement("Allow", session, "kms:*")}, kSession, allow, Reason::kCallerNamed, 0},
           PolicyRow{"another session",
                     {statement("Allow", session + "2", "kms:*")},
                     kSession,
                     implicit_deny,
                     Reason::kNoStatement,
                     {}},
           PolicyRow{"foreign root",
                     {statement("Allow", foreign, "kms:Encrypt")},
                     kForeignRoot,
                     allow,
                     Reason::kAccountNamed,
                     0},
           PolicyRow{"foreign root, own-account operation",
                     {statement("Allow", foreign, "kms:*")},
                     kForeignRoot,
                     implicit_deny,
                     Reason::kNotCrossAccount,
                     {},
                     "kms:TagResource",
                     false},
           PolicyRow{"foreign user named",
                     {statement("Allow", "arn:aws:iam::444455556666:user/v", "kms:*")},
                     kForeign,
                     implicit_deny,
                     Reason::kAccountDelegates,
                     0},
           PolicyRow{"foreign user and everyone",
                     {statement("Allow", "*", "kms:*")},
                     kForeign,
                     implicit_deny,
                     Reason::kAccountDelegates,
                     0},
           PolicyRow{"foreign root not named",
                     {statement("Allow", root, "kms:*")},
                     kForeignRoot,
                     implicit_deny,
                     Reason::kNoStatement,
                     {}},
       }) {
    const Decision decision = decide(document(row.statements), row.principal, row.action, row.across);
    EXPECT_EQ(decision.verdict, row.verdict) << row.name;
    EXPECT_EQ(decision.reason, row.reason) << row.name;
    EXPECT_EQ(decision.statement, row.deciding) << row.name;
  }
}

TEST(Decision, AStatementWithoutActionOrResourceIsInert) {
  for (const char* json : {R"({"Statement":{"Effect":"Allow","Principal":"*","Action":"*"}})",
                           R"({"Statement":{"Effect":"Allow","Principal":"*","Resource":"*"}})",
                           R"({"Statement":{"Effect":"Allow","Principal":{"Service":"logs.amazonaws.com"},
                               "Action":"*","Resource":"*"}})"}) {
    const auto parsed = Document::parse(DocumentKind::kKeyPolicy, json);
    ASSERT_TRUE(parsed);
    EXPECT_EQ(decide(*parsed, kRoot).reason, Reason::kNoStatement);
  }
}

TEST(Decision, OperationsWithoutAKeyBelongToTheAccountsRoot) {
  EXPECT_EQ(decide_without_key({kRoot, "kms:CreateKey", "*"}, {.owner = kOwner}).verdict, Verdict::kAllow);
  for (const Principal& principal : {kForeignRoot, kUser, kSession}) {
    const Decision decision = decide_without_key({principal, "kms:CreateKey", "*"}, {.owner = kOwner});
    EXPECT_EQ(decision.verdict, Verdict::kImplicitDeny);
    EXPECT_EQ(decision.reason, Reason::kNoIdentityPolicy);
  }
}

TEST(Decision, RefusalsAreToldInAwsWords) {
  const Question question{kUser, "kms:Encrypt", kKeyArn};
  const std::string start =
      "User: arn:aws:iam::111122223333:user/u is not authorized to perform: kms:Encrypt on resource: " +
      std::string(kKeyArn) + " ";
  struct Text {
    Reason reason;
    std::string_view rest;
  };
  for (const Text& text : {
           Text{Reason::kDenyStatement, "with an explicit deny in a resource-based policy"},
           Text{Reason::kNoStatement, "because no resource-based policy allows the kms:Encrypt action"},
           Text{Reason::kAccountDelegates, "because no identity-based policy allows the kms:Encrypt action"},
           Text{Reason::kNoIdentityPolicy, "because no identity-based policy allows the kms:Encrypt action"},
           Text{Reason::kNotCrossAccount,
                "because the resource does not exist in this Region, no resource-based policies allow access, or a "
                "resource-based policy explicitly denies access"},
       }) {
    const Error error = access_denied(question, {.reason = text.reason});
    EXPECT_EQ(error.code(), ErrorCode::kAccessDenied);
    EXPECT_EQ(error.message(), start + std::string(text.rest));
  }
}

}  // namespace
}  // namespace claviger::policy
