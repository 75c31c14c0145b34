#include "cli/policy_lint.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/json_places.h"
#include "cli/kms_reference.h"
#include "server/action_models.h"

namespace claviger::cli {
namespace {

using policy::DocumentKind;

// `line code`, or `line code!` for an error.
std::vector<std::string> lint(std::string_view text, DocumentKind kind = DocumentKind::kKeyPolicy,
                              const policy::PrincipalDirectory* principals = nullptr) {
  std::vector<std::string> lines;
  for (const Finding& finding : lint_policy({kind, text, AccountId::parse("111122223333"), principals})) {
    EXPECT_NE(finding.message, "");
    lines.push_back(std::to_string(finding.line) + " " + std::string(finding.code) +
                    (finding.severity == Finding::Severity::kError ? "!" : ""));
  }
  return lines;
}
using Lines = std::vector<std::string>;

const std::string kRoot =
    R"({"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "kms:*", "Resource": "*"})";

// A key policy whose first line lets the account do everything, with a statement from line 2 on.
std::string key_policy(const std::string& statement) {
  return R"({"Version": "2012-10-17", "Statement": [)" + kRoot + ",\n" + statement + "]}";
}
std::string allow_user(const std::string& members) {
  return R"({"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:user/u"}, )" + members + "}";
}
std::string with_condition(const std::string& action, const std::string& condition) {
  return key_policy(
      allow_user(R"("Action": ")" + action + R"(", "Resource": "*",)" + "\n\"Condition\": {\n" + condition + "\n}"));
}
std::string identity(const std::string& members) {
  return R"({"Version": "2012-10-17", "Statement": {"Effect": "Allow",)" + ("\n" + members) + "}}";
}

TEST(PolicyLint, AnOrdinaryPolicyHasNoFindings) {
  EXPECT_EQ(lint(R"({"Version": "2012-10-17", "Statement": [)" + kRoot + "]}"), Lines{});
  EXPECT_EQ(lint(key_policy(allow_user(R"("Action": ["kms:Encrypt", "kms:ReEncrypt*"], "Resource": "*")"))), Lines{});
  EXPECT_EQ(lint(with_condition("kms:Decrypt", R"("StringEquals": {"kms:EncryptionContext:App": "x"})")), Lines{});
  EXPECT_EQ(lint(identity(R"("Action": "kms:Decrypt", "Resource": "arn:aws:kms:*:111122223333:key/*")"),
                 DocumentKind::kIdentity),
            Lines{});
  EXPECT_EQ(lint(identity(R"("Action": ["s3:GetObject"], "Resource": "arn:aws:s3:::b/*", "Condition": {"StringEquals":
                             {"s3:prefix": "x"}})"),
                 DocumentKind::kIdentity),
            Lines{});
}

struct LintedText {
  const char* name;
  std::string text;
  Lines findings;
};
void expect_findings(std::vector<LintedText> rows, DocumentKind kind = DocumentKind::kKeyPolicy) {
  for (const LintedText& row : rows) {
    SCOPED_TRACE(row.name);
    EXPECT_EQ(lint(row.text, kind), row.findings) << row.text;
  }
}

TEST(PolicyLint, WhatIsRefusedIsNamedWhereItStands) {
  expect_findings({
      {"not JSON", "{\"Version\":\n\"2012-10-17\",,}", {"2 malformed!"}},
      {"cut off", "{\"Statement\":\n[", {"2 malformed!"}},
      {"one statement", key_policy(R"({"Effect": "allow"})"), {"2 malformed!"}},
      {"two statements",
       R"({"Statement": [{"Effect": "x"},)" + ("\n" + kRoot) + ",\n{}]}",
       {"1 malformed!", "3 malformed!"}},
      {"the version", "{\"Statement\": [],\n\"Version\": \"2013-10-17\"}", {"2 malformed!"}},
      {"the whole", "\n{\"Version\": \"2012-10-17\"}", {"2 malformed!"}},
  });
  EXPECT_EQ(lint_policy({DocumentKind::kKeyPolicy, "{\"Version\": \"2012-10-17\"}", {}, nullptr}).front().message,
            "Missing required field Statement");
}

TEST(PolicyLint, LockoutsAreNamed) {
  const auto only = [](const std::string& principal, const std::string& action) {
    return R"({"Statement": {"Effect": "Allow", "Principal": {"AWS": ")" + principal + R"("}, "Action": ")" + action +
           R"(", "Resource": "*"}})";
  };
  expect_findings({
      {"nobody", only("arn:aws:iam::111122223333:user/u", "kms:Encrypt"), {"1 lockout!"}},
      {"another account", only("999999999999", "kms:*"), {"1 lockout!"}},
      {"only a user", only("arn:aws:iam::111122223333:user/u", "kms:*"), {"1 account-cannot-change-policy"}},
      {"only a role", only("arn:aws:iam::111122223333:role/r", "kms:PutKeyPolicy"), {"1 account-cannot-change-policy"}},
      {"the account", only("111122223333", "kms:PutKeyPolicy"), {}},
      {"denied",
       key_policy(R"({"Effect": "Deny", "Principal": "*", "Action": "kms:Put*", "Resource": "*"})"),
       {"1 lockout!"}},
  });
}

TEST(PolicyLint, TheAccountIsTheOnlyOneThatIsNamed) {
  const std::string one =
      R"({"Statement": {"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "kms:Sign",
                             "Resource": "*"}})";
  EXPECT_EQ(lint_policy({DocumentKind::kKeyPolicy, one, std::nullopt, nullptr}).front().code, "lockout");
  const std::string two = R"({"Statement": {"Effect": "Allow", "Principal": {"AWS": ["111122223333", "999999999999"]},
                             "Action": "kms:Sign", "Resource": "*"}})";
  EXPECT_TRUE(lint_policy({DocumentKind::kKeyPolicy, two, std::nullopt, nullptr}).empty());
}

class OnlyAccount final : public policy::PrincipalDirectory {
 public:
  bool account_exists(const AccountId& account) const override { return account.view() == "111122223333"; }
  bool principal_exists(std::string_view arn) const override { return arn.ends_with("/u"); }
  std::optional<std::string> unique_id(std::string_view) const override { return std::nullopt; }
  std::optional<std::string> arn_of(std::string_view) const override { return std::nullopt; }
};

TEST(PolicyLint, PrincipalsThatDoNotExistAreNamed) {
  const OnlyAccount directory;
  const std::string text = key_policy(
      "{\"Effect\": \"Allow\", \"Principal\": {\"AWS\": [\n\"arn:aws:iam::111122223333:user/u\",\n"
      "\"arn:aws:iam::111122223333:user/v\",\n\"999999999999\"]}, \"Action\": \"kms:Sign\", \"Resource\": \"*\"}");
  EXPECT_EQ(lint(text, DocumentKind::kKeyPolicy, &directory), (Lines{"4 principal-missing!", "5 principal-missing!"}));
  EXPECT_EQ(lint(text), Lines{});
}

TEST(PolicyLint, WideStatementsAreNamed) {
  const std::string everyone = R"({"Effect": "Allow", "Principal": "*", "Action": "kms:Encrypt", "Resource": "*")";
  const auto narrowed = [&](const std::string& condition) {
    return key_policy(everyone + R"(, "Condition": {)" + condition + "}}");
  };
  expect_findings({
      {"everyone", key_policy(everyone + "}"), {"2 open-to-everyone"}},
      {"everyone as AWS",
       key_policy(R"({"Effect": "Allow", "Principal":
                     {"AWS": "*"}, "Action": "kms:Encrypt", "Resource": "*"})"),
       {"3 open-to-everyone"}},
      {"everyone denied",
       key_policy(R"({"Effect": "Deny", "Principal": "*", "Action": "kms:Sign", "Resource": "*"})"),
       {}},
      {"of an account", narrowed(R"("StringEquals": {"kms:CallerAccount": "111122223333"})"), {}},
      {"of any account", narrowed(R"("StringLike": {"kms:CallerAccount": "*"})"), {"2 open-to-everyone"}},
      {"of any account, digit by digit",
       narrowed(R"("StringLike": {"kms:CallerAccount": "????????????"})"),
       {"2 open-to-everyone"}},
      {"of one account and any",
       narrowed(R"("StringLike": {"kms:CallerAccount": ["111122223333", "*"]})"),
       {"2 open-to-everyone"}},
      {"a role of an account", narrowed(R"("ArnLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/x*"})"), {}},
      {"a role of any account",
       narrowed(R"("ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/x"})"),
       {"2 open-to-everyone"}},
      {"any ARN", narrowed(R"("StringLike": {"aws:PrincipalArn": "arn:aws:*"})"), {"2 open-to-everyone"}},
      {"of other accounts", narrowed(R"("StringNotEquals": {"kms:CallerAccount": "1"})"), {"2 open-to-everyone"}},
      {"if there is one", narrowed(R"("StringEqualsIfExists": {"aws:PrincipalOrgID": "o-1"})"), {"2 open-to-everyone"}},
      {"of an address", narrowed(R"("IpAddress": {"aws:SourceIp": "10.0.0.0/8"})"), {}},
      {"of any address", narrowed(R"("IpAddress": {"aws:SourceIp": "0.0.0.0/0"})"), {"2 open-to-everyone"}},
      {"through a service",
       narrowed(R"("StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"})"),
       {"2 open-to-everyone"}},
      {"NotAction",
       key_policy(allow_user("\n\"NotAction\": \"kms:Delete*\", \"Resource\": \"*\"")),
       {"3 not-action-with-allow"}},
      {"NotAction denied",
       key_policy(R"({"Effect": "Deny", "Principal": {"AWS": "111122223333"}, "NotAction": "kms:*", "Resource": "*"})"),
       {}},
  });
  EXPECT_EQ(lint(identity("\"Action\": \"kms:Sign\",\n\"NotResource\": \"arn:aws:kms:*:111122223333:key/1\""),
                 DocumentKind::kIdentity),
            Lines{"3 not-resource-with-allow"});
}

TEST(PolicyLint, StatementsAndActionsWithoutEffectAreNamed) {
  expect_findings({
      {"no Action", key_policy(allow_user(R"("Resource": "*")")), {"2 applies-to-nothing"}},
      {"no Resource", key_policy(allow_user(R"("Action": "kms:Sign")")), {"2 applies-to-nothing"}},
      {"an action that does not exist",
       key_policy(allow_user("\"Action\": [\"kms:Sign\",\n\"kms:Encript\"], \"Resource\": \"*\"")),
       {"3 unknown-action"}},
      {"a pattern of none", key_policy(allow_user(R"("Action": "kms:X*", "Resource": "*")")), {"2 unknown-action"}},
      {"ReEncrypt", key_policy(allow_user(R"("Action": "kms:ReEncrypt", "Resource": "*")")), {"2 unknown-action"}},
      {"of another service",
       key_policy(allow_user(R"("Action": "s3:GetObject", "Resource": "*")")),
       {"2 foreign-action"}},
      {"not on keys", key_policy(allow_user(R"("Action": "kms:ListKeys", "Resource": "*")")), {"2 not-by-key-policy"}},
      {"not only on keys", key_policy(allow_user(R"("Action": "kms:List*", "Resource": "*")")), {}},
      {"another service's ARN",
       key_policy(allow_user(R"("Action": "kms:Sign", "Resource": "arn:aws:s3:::b")")),
       {"2 foreign-resource"}},
      {"a key's ARN",
       key_policy(allow_user(R"("Action": "kms:Sign", "Resource": "arn:aws:kms:us-east-1:111122223333:key/1")")),
       {}},
      {"an alias",
       key_policy(allow_user(R"("Action": "kms:Sign", "Resource": "arn:aws:kms:us-east-1:111122223333:alias/a")")),
       {"2 alias-as-resource"}},
  });
  const std::string alias = R"("Resource": "arn:aws:kms:*:111122223333:alias/a")";
  const std::string key = R"("Resource": "arn:aws:kms:*:111122223333:key/1")";
  expect_findings(
      {
          {"an alias for an operation on keys",
           identity("\"Action\": \"kms:Decrypt\",\n" + alias),
           {"3 alias-as-resource"}},
          {"an alias for an operation on aliases", identity("\"Action\": \"kms:CreateAlias\",\n" + alias), {}},
          {"a key for an operation on none",
           identity("\"Action\": \"kms:ListKeys\",\n" + key),
           {"3 resource-must-be-any"}},
          {"anything", identity(R"("Action": "kms:ListKeys", "Resource": "*")"), {}},
          {"an unknown action", identity(R"("Action": "kms:Foo", "Resource": "*")"), {"2 unknown-action"}},
          {"of another service", identity(R"("Action": "s3:Foo", "Resource": "*")"), {}},
      },
      DocumentKind::kIdentity);
}

TEST(PolicyLint, ConditionsThatSurpriseAreNamed) {
  const auto one = [](const std::string& action, const std::string& condition) {
    return with_condition(action, condition);
  };
  expect_findings({
      {"a key of KMS that does not exist",
       one("kms:*", R"("StringEquals": {"kms:Foo": "x"})"),
       {"4 unknown-condition-key"}},
      {"a key of AWS that does not exist",
       one("kms:*", R"("StringEquals": {"aws:Foo": "x"})"),
       {"4 unknown-condition-key"}},
      {"a key of another service", one("kms:*", R"("StringEquals": {"s3:prefix": "x"})"), {"4 unknown-condition-key"}},
      {"a key that is never there",
       one("kms:DescribeKey", R"("StringEquals": {"kms:EncryptionContext:a": "x"})"),
       {"4 condition-key-never-present"}},
      {"a negated one",
       one("kms:DescribeKey", R"("StringNotEquals": {"kms:EncryptionAlgorithm": "x"})"),
       {"4 condition-key-never-present"}},
      {"one that may be missing",
       one("kms:DescribeKey", R"("StringEqualsIfExists": {"kms:EncryptionAlgorithm": "x"})"),
       {}},
      {"one that must be missing", one("kms:DescribeKey", R"("Null": {"kms:EncryptionAlgorithm": "true"})"), {}},
      {"a wildcard's other actions", one("kms:*", R"("StringEquals": {"kms:EncryptionContext:a": "x"})"), {}},
      {"aliases in a key policy",
       one("kms:Sign", R"("ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/a"})"),
       {"4 condition-key-never-present"}},
      {"a truth value as a string",
       one("kms:Sign", R"("StringEquals": {"kms:MultiRegion": "true"})"),
       {"4 operator-type"}},
      {"a string as a number",
       one("kms:Sign", R"("NumericEquals": {"kms:CallerAccount": "111122223333"})"),
       {"4 operator-type"}},
      {"an address as a string", one("kms:Sign", R"("StringLike": {"aws:SourceIp": "10.*"})"), {"4 operator-type"}},
      {"an ARN as a string", one("kms:Sign", R"("StringLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/x"})"), {}},
      {"a string as an ARN", one("kms:Sign", R"("ArnLike": {"kms:KeySpec": "arn:aws:iam::1:x"})"), {"4 operator-type"}},
      {"seconds as a number", one("kms:Sign", R"("NumericLessThan": {"aws:EpochTime": "1"})"), {}},
      {"several values",
       one("kms:CreateGrant", R"("StringEquals": {"kms:GrantOperations": "Decrypt"})"),
       {"4 multi-valued-key"}},
      {"any of several values",
       one("kms:CreateGrant", R"("ForAnyValue:StringEquals": {"kms:GrantOperations": "Decrypt"})"),
       {}},
      {"all of several values",
       one("kms:CreateGrant", R"("ForAllValues:StringEquals": {"kms:GrantOperations": "Decrypt"})"),
       {"4 for-all-values-without-null"}},
      {"all of several values that are there",
       one("kms:CreateGrant", R"("ForAllValues:StringEquals": {"kms:GrantOperations": "Decrypt"},
                                 "Null": {"kms:GrantOperations": false})"),
       {}},
      {"a set of one",
       one("kms:Sign", R"("ForAnyValue:StringEquals": {"kms:KeySpec": "RSA_2048"})"),
       {"4 set-operator-on-single-value"}},
  });
}

TEST(PolicyLint, AConditionOnOneOfTwoActionsIsNamed) {
  EXPECT_EQ(lint(key_policy(allow_user(R"("Action": ["kms:Encrypt", "kms:DescribeKey"], "Resource": "*",
                                          "Condition": {"StringEquals": {"kms:EncryptionContext:a": "x"}})"))),
            Lines{"3 condition-key-never-present"});
}

TEST(PolicyLint, VariablesOfTheOldVersionAreNamed) {
  const auto old = [](const std::string& version) {
    return "{" + version +
           "\"Statement\": {\"Effect\": \"Allow\", \"Action\": \"kms:Sign\",\n\"Resource\": "
           "\"arn:aws:kms:*:*:key/${aws:username}\",\n\"Condition\": {\"StringEquals\": {\n\"aws:ResourceTag/a\": "
           "\"${aws:username}\"}}}}";
  };
  const Lines both{"2 variable-in-old-version", "4 variable-in-old-version"};
  EXPECT_EQ(lint(old(""), DocumentKind::kIdentity), both);
  EXPECT_EQ(lint(old(R"("Version": "2008-10-17",)"), DocumentKind::kIdentity), both);
  EXPECT_EQ(lint(old(R"("Version": "2012-10-17",)"), DocumentKind::kIdentity), Lines{});
}

TEST(PolicyLint, TrustPoliciesAreNotTakenForPoliciesOfKeys) {
  EXPECT_EQ(lint(R"({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"AWS": "111122223333"},
                     "Action": "sts:AssumeRole", "Condition": {"StringEquals": {"sts:ExternalId": "x"}}}})",
                 DocumentKind::kTrust),
            Lines{});
  EXPECT_EQ(lint(R"({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": "*",
                     "Action": "sts:AssumeRole"}})",
                 DocumentKind::kTrust),
            Lines{"1 open-to-everyone"});
}

TEST(KmsReference, HasEveryActionOfTheModelWithItsConditionKeys) {
  for (const std::string_view action : server::model_actions(Service::kKms)) {
    if (action == "ReEncrypt") continue;
    EXPECT_TRUE(std::any_of(kms_permissions().begin(), kms_permissions().end(), [action](const KmsPermission& one) {
      return one.name == action;
    })) << action;
  }
  for (const KmsPermission& permission : kms_permissions()) {
    std::string_view names = permission.others;
    while (!names.empty()) {
      const std::string_view name = names.substr(0, names.find(' '));
      const bool family = name.ends_with(':') || name.ends_with('/');
      const ConditionKeyInfo* key = find_condition_key(policy::ContextKey(std::string(name) + (family ? "x" : "")));
      ASSERT_NE(key, nullptr) << name;
      EXPECT_EQ(key->name, name);
      EXPECT_TRUE(carries(permission, *key));
      names.remove_prefix(std::min(names.size(), name.size() + 1));
    }
  }
}

TEST(JsonPlaces, NamesTheFirstCharacterThatDoesNotBelong) {
  struct Broken {
    std::string text;
    std::size_t offset;
  };
  const Broken rows[] = {{"", 0},     {"{", 1},    {"{\"a\" 1}", 5},  {"[1,]", 3},  {"[1", 2},
                         {"{\"a", 3}, {"[] x", 3}, {"{\"a\":1,}", 7}, {"\"a\\", 2}, {std::string(40, '['), 32}};
  for (const Broken& row : rows) {
    const auto placed = json::place_json(row.text);
    ASSERT_FALSE(placed.has_value()) << row.text;
    EXPECT_EQ(placed.error(), row.offset) << row.text;
  }
  EXPECT_TRUE(json::place_json(" {\"a\": [true, -1.5e3, \"\\\"\"], \"b\": {}} ").has_value());
}

}  // namespace
}  // namespace claviger::cli
