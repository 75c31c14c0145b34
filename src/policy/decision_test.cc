#include "policy/decision.h"

#include <gtest/gtest.h>

#include "policy/key_policy.h"

namespace claviger::policy {
namespace {

constexpr std::string_view kKeyArn = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
const AccountId kOwner = *AccountId::parse("111122223333");
const AccountId kOther = *AccountId::parse("444455556666");

const Principal kRootOfOwner{PrincipalKind::kRoot, kOwner, "arn:aws:iam::111122223333:root", {}};
const Principal kRootOfOther{PrincipalKind::kRoot, kOther, "arn:aws:iam::444455556666:root", {}};
const Principal kUser{PrincipalKind::kUser, kOwner, "arn:aws:iam::111122223333:user/u", {}};
const Principal kForeignUser{PrincipalKind::kUser, kOther, "arn:aws:iam::444455556666:user/v", {}};
const Principal kSession{PrincipalKind::kAssumedRole, kOwner, "arn:aws:sts::111122223333:assumed-role/r/s",
                         "arn:aws:iam::111122223333:role/r"};

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

struct Row {
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
  for (const Row& row : {
           Row{"account names root",
               {statement("Allow", root, "kms:*")},
               kRootOfOwner,
               allow,
               Reason::kAccountNamed,
               0},
           Row{"account id",
               {statement("Allow", "111122223333", "kms:*")},
               kRootOfOwner,
               allow,
               Reason::kAccountNamed,
               0},
           Row{"everyone", {statement("Allow", "*", "kms:Encrypt")}, kRootOfOwner, allow, Reason::kCallerNamed, 0},
           Row{"another action",
               {statement("Allow", root, "kms:Decrypt")},
               kRootOfOwner,
               implicit_deny,
               Reason::kNoStatement,
               {}},
           Row{"action in another case",
               {statement("Allow", root, "KMS:enCRYPT")},
               kRootOfOwner,
               allow,
               Reason::kAccountNamed,
               0},
           Row{"another key",
               {statement("Allow", root, "kms:*", std::string(kKeyArn) + "x")},
               kRootOfOwner,
               implicit_deny,
               Reason::kNoStatement,
               {}},
           Row{"this key", {statement("Allow", root, "kms:*", kKeyArn)}, kRootOfOwner, allow, Reason::kAccountNamed, 0},
           Row{"deny after allow",
               {statement("Allow", root, "kms:*"), statement("Deny", "*", "kms:Encrypt")},
               kRootOfOwner,
               explicit_deny,
               Reason::kDenyStatement,
               1},
           Row{"deny of the account",
               {statement("Deny", root, "kms:*"), statement("Allow", user, "kms:*")},
               kUser,
               explicit_deny,
               Reason::kDenyStatement,
               0},
           Row{"the first of two that allow",
               {statement("Allow", user, "kms:Decrypt"), statement("Allow", user, "kms:Encrypt"),
                statement("Allow", user, "kms:*")},
               kUser,
               allow,
               Reason::kCallerNamed,
               1},
           Row{"deny of another action",
               {statement("Allow", root, "kms:*"), statement("Deny", "*", "kms:Decrypt")},
               kRootOfOwner,
               allow,
               Reason::kAccountNamed,
               0},
           Row{"no root statement",
               {statement("Allow", user, "kms:*")},
               kRootOfOwner,
               implicit_deny,
               Reason::kNoStatement,
               {}},
           Row{"user named", {statement("Allow", user, "kms:Encrypt")}, kUser, allow, Reason::kCallerNamed, 0},
           Row{"user of a delegating account",
               {statement("Allow", root, "kms:*")},
               kUser,
               implicit_deny,
               Reason::kAccountDelegates,
               0},
           Row{"role names its session", {statement("Allow", role, "kms:*")}, kSession, allow, Reason::kSourceNamed, 0},
           Row{"session named", {statement("Allow", session, "kms:*")}, kSession, allow, Reason::kCallerNamed, 0},
           Row{"another session",
               {statement("Allow", session + "2", "kms:*")},
               kSession,
               implicit_deny,
               Reason::kNoStatement,
               {}},
           Row{"foreign root",
               {statement("Allow", foreign, "kms:Encrypt")},
               kRootOfOther,
               allow,
               Reason::kAccountNamed,
               0},
           Row{"foreign root, own-account operation",
               {statement("Allow", foreign, "kms:*")},
               kRootOfOther,
               implicit_deny,
               Reason::kNotCrossAccount,
               {},
               "kms:TagResource",
               false},
           Row{"foreign user named",
               {statement("Allow", "arn:aws:iam::444455556666:user/v", "kms:*")},
               kForeignUser,
               implicit_deny,
               Reason::kAccountDelegates,
               0},
           Row{"foreign user and everyone",
               {statement("Allow", "*", "kms:*")},
               kForeignUser,
               implicit_deny,
               Reason::kAccountDelegates,
               0},
           Row{"foreign root not named",
               {statement("Allow", root, "kms:*")},
               kRootOfOther,
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
    EXPECT_EQ(decide(*parsed, kRootOfOwner).reason, Reason::kNoStatement);
  }
}

TEST(Decision, OperationsWithoutAKeyBelongToTheAccountsRoot) {
  EXPECT_EQ(decide_without_key({kRootOfOwner, "kms:CreateKey", "*"}, {.owner = kOwner}).verdict, Verdict::kAllow);
  for (const Principal& principal : {kRootOfOther, kUser, kSession}) {
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
