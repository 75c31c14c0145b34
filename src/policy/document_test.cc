#include "policy/document.h"

#include <gtest/gtest.h>

#include <functional>

#include "policy/key_policy.h"

namespace claviger::policy {
namespace {

constexpr std::string_view kStatement = R"({"Effect":"Allow","Principal":{"AWS":"*"},"Action":"kms:*","Resource":"*"})";

std::string with_statement(std::string_view statement) {
  return R"({"Version":"2012-10-17","Statement":)" + std::string(statement) + "}";
}

std::string with_principal(std::string_view principal) {
  return with_statement(R"({"Effect":"Allow","Principal":)" + std::string(principal) +
                        R"(,"Action":"kms:*","Resource":"*"})");
}

struct Row {
  std::string json;
  ErrorCode code;
  std::string_view message;
};

void expect_refused(const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    const auto result = Document::parse(row.json);
    ASSERT_FALSE(result) << row.json.substr(0, 200);
    EXPECT_EQ(result.error().code(), row.code) << row.json.substr(0, 200);
    EXPECT_EQ(result.error().message(), row.message) << row.json.substr(0, 200);
  }
}

TEST(Document, AcceptsTheFormsOfTheGrammar) {
  for (const std::string& json : std::vector<std::string>{
           with_statement(kStatement),
           with_statement("[" + std::string(kStatement) + "]"),
           R"({"Statement":)" + std::string(kStatement) + "}",
           R"({"Version":"2008-10-17","Id":"x","Statement":)" + std::string(kStatement) + "}",
           with_principal(R"("*")"),
           with_principal(R"({"AWS":["111122223333","arn:aws:iam::111122223333:root"]})"),
           with_principal(R"({"AWS":"arn:aws:iam::111122223333:user/path/to/name"})"),
           with_principal(R"({"AWS":"arn:aws:iam::111122223333:role/r"})"),
           with_principal(R"({"AWS":"arn:aws:sts::111122223333:assumed-role/r/session"})"),
           with_principal(R"({"AWS":"arn:aws:sts::111122223333:federated-user/f"})"),
           with_principal(R"({"Service":["logs.amazonaws.com","logs.eu-west-1.amazonaws.com"]})"),
           with_statement(
               R"({"Sid":"with spaces","Effect":"Deny","Principal":"*","Action":["kms:a*","*"],"Resource":["*"]})"),
           with_statement("{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Sid\":\"\xc3\xbf\"}"),
       }) {
    const auto result = Document::parse(json);
    EXPECT_TRUE(result) << json << " " << (result ? "" : result.error().message());
    if (result) {
      EXPECT_EQ(result->text(), json);
    }
  }
}

TEST(Document, RefusesWhatIsNotStrictJson) {
  const ErrorCode code = ErrorCode::kMalformedPolicyDocument;
  std::string deep;
  for (int i = 0; i < 20; ++i) deep += "[";
  expect_refused({
      {"", code, "This policy contains invalid Json"},
      {"{", code, "This policy contains invalid Json"},
      {with_statement(kStatement) + "x", code, "This policy contains invalid Json"},
      {deep + std::string(20, ']'), code, "This policy contains invalid Json"},
      {"[]", code, "The policy must be a JSON object."},
      {R"({"Statement":1,"Statement":2})", code, "This policy contains a duplicate key"},
      {R"({"Statement":{"Effect":"Deny","Effect":"Allow"}})", code, "This policy contains a duplicate key"},
      {R"({"Statement":{"Effect":"Deny","\u0045ffect":"Allow"}})", code, "This policy contains a duplicate key"},
      {"{\"a\":\"\xc4\x80\"}", code, "The policy contains characters that are not allowed."},
      {"{\"a\":\"\xff\"}", code, "The policy contains characters that are not allowed."},
      {std::string("{\0}", 3), code, "The policy contains characters that are not allowed."},
      {"{\x0b}", code, "The policy contains characters that are not allowed."},
      {"{\"a\":\"\xc3", code, "The policy contains characters that are not allowed."},
      {std::string(kMaxKeyPolicyBytes + 1, ' '), ErrorCode::kLimitExceeded,
       "The key policy is 32769 bytes long; at most 32768 are allowed."},
  });
  std::string longest = with_statement(kStatement);
  longest.resize(kMaxKeyPolicyBytes, ' ');
  EXPECT_TRUE(Document::parse(longest));
}

TEST(Document, RefusesWhatIsOutsideTheGrammar) {
  const ErrorCode code = ErrorCode::kMalformedPolicyDocument;
  constexpr std::string_view kPrincipals = "Policy contains a statement with one or more invalid principals.";
  constexpr std::string_view kVendor = "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.";
  expect_refused({
      {"{}", code, "Missing required field Statement"},
      {with_statement("[]"), code, "Missing required field Statement cannot be empty!"},
      {with_statement("1"), code, "Statement must be an object or an array of objects."},
      {R"({"Version":"2012-10-18","Statement":[]})", code, "Policy document must be version 2012-10-17 or 2008-10-17."},
      {R"({"Id":1})", code, "Id must be a string."},
      {R"({"version":"2012-10-17"})", code, "Unknown field version"},
      {with_statement(R"({"effect":"Allow"})"), code, "Unknown field effect"},
      {with_statement(R"({"Principal":"*"})"), code, "Missing required field Effect"},
      {with_statement(R"({"Effect":"Allow"})"), code, "Missing required field Principal"},
      {with_statement(R"({"Effect":"allow"})"), code, "Invalid effect: allow"},
      {with_statement(R"({"Effect":1})"), code, "Effect must be a string."},
      {with_statement(R"({"Sid":1})"), code, "Sid must be a string."},
      {with_statement(R"({"Action":"Encrypt"})"), code, kVendor},
      {with_statement(R"({"Action":[]})"), code, "Action must not be empty."},
      {with_statement(R"({"Action":[1]})"), code, "Action must be a string or an array of strings."},
      {with_statement(R"({"Action":{}})"), code, "Action must be a string or an array of strings."},
      {with_statement(R"({"Resource":"key"})"), code, "Resource key must be in ARN format or \"*\"."},
      {with_principal("1"), code, "Principal must be \"*\" or an object."},
      {with_principal("{}"), code, "Missing required field Principal cannot be empty!"},
      {with_principal(R"({"AWS":[]})"), code, "Principal must not be empty."},
      {with_principal(R"("111122223333")"), code, kPrincipals},
      {with_principal(R"({"CanonicalUser":"x"})"), code, kPrincipals},
      {with_principal(R"({"Service":"*"})"), code, kPrincipals},
      {with_principal(R"({"Service":"evil.example.com"})"), code, kPrincipals},
      {with_principal(R"({"AWS":"arn:aws:iam::111122223333:group/g"})"), code, kPrincipals},
      {with_principal(R"({"AWS":"arn:aws:iam::111122223333:user/*"})"), code, kPrincipals},
      {with_principal(R"({"AWS":"arn:aws:iam::*:root"})"), code, kPrincipals},
      {with_principal(R"({"AWS":"arn:aws:iam:us-east-1:111122223333:root"})"), code, kPrincipals},
      {with_principal(R"({"AWS":"arn:aws:sts::111122223333:assumed-role/r"})"), code, kPrincipals},
      {with_principal(R"({"AWS":"11112222333"})"), code, kPrincipals},
  });
}

TEST(Document, RefusesWhatWouldNotBeEnforced) {
  for (const char* element : {"Condition", "NotPrincipal", "NotAction", "NotResource"}) {
    const auto result =
        Document::parse(with_statement(R"({"Effect":"Deny","Principal":"*",")" + std::string(element) + R"(":{}})"));
    ASSERT_FALSE(result) << element;
    EXPECT_EQ(result.error().code(), ErrorCode::kUnsupportedOperation);
    EXPECT_EQ(result.error().message(), "The policy element " + std::string(element) +
                                            " is not supported yet: a policy is only stored when all of it is "
                                            "enforced.");
  }
}

TEST(Document, EachKindHasItsElements) {
  struct Case {
    DocumentKind kind;
    std::string_view statement, message;
  };
  for (const Case& one : {
           Case{DocumentKind::kIdentity, R"({"Effect":"Allow","Action":"kms:*","Resource":"*"})", ""},
           Case{DocumentKind::kIdentity, kStatement, "Policy document should not specify a principal."},
           Case{DocumentKind::kIdentity, R"({"Effect":"Allow","Resource":"*"})",
                "Policy statement must contain actions."},
           Case{DocumentKind::kIdentity, R"({"Effect":"Allow","Action":"*"})",
                "Policy statement must contain resources."},
           Case{DocumentKind::kTrust, R"({"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"})", ""},
           Case{DocumentKind::kTrust, R"({"Effect":"Allow","Action":"sts:AssumeRole"})",
                "Missing required field Principal"},
           Case{DocumentKind::kTrust,
                R"({"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole","Resource":"*"})",
                "Has prohibited field Resource"},
       }) {
    const auto document = Document::parse(one.kind, with_statement(one.statement));
    EXPECT_EQ(document ? "" : document.error().message(), one.message) << one.statement;
  }
}

class OneAccount final : public PrincipalDirectory {
 public:
  bool account_exists(const AccountId& account) const override { return account.view() == "111122223333"; }
  bool principal_exists(std::string_view arn) const override { return arn.ends_with("/known"); }
  std::optional<std::string> unique_id(std::string_view) const override { return std::nullopt; }
  std::optional<std::string> arn_of(std::string_view) const override { return std::nullopt; }
};

TEST(Document, PrincipalsMustExist) {
  struct Case {
    std::string_view principal;
    bool exists;
  };
  for (const Case& one : {
           Case{R"("*")", true},
           Case{R"({"AWS":"111122223333"})", true},
           Case{R"({"AWS":"arn:aws:iam::111122223333:root"})", true},
           Case{R"({"AWS":"arn:aws:iam::111122223333:user/known"})", true},
           Case{R"({"Service":"logs.amazonaws.com"})", true},
           Case{R"({"AWS":"444455556666"})", false},
           Case{R"({"AWS":"arn:aws:iam::444455556666:user/known"})", false},
           Case{R"({"AWS":"arn:aws:iam::111122223333:user/unknown"})", false},
           Case{R"({"AWS":["111122223333","444455556666"]})", false},
       }) {
    const auto document = Document::parse(with_principal(one.principal));
    ASSERT_TRUE(document) << one.principal;
    const Status status = check_principals(*document, OneAccount());
    EXPECT_EQ(status.has_value(), one.exists) << one.principal;
    if (!status) {
      EXPECT_EQ(status.error().code(), ErrorCode::kMalformedPolicyDocument);
      EXPECT_EQ(status.error().message(), "Policy contains a statement with one or more invalid principals.");
    }
  }
}

}  // namespace
}  // namespace claviger::policy
