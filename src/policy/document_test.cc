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

struct RefusedDocument {
  std::string json;
  ErrorCode code;
  std::string_view message;
};

void expect_refused(const std::vector<RefusedDocument>& rows) {
  for (const RefusedDocument& row : rows) {
    const auto result = Document::parse(DocumentKind::kKeyPolicy, row.json);
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
    const auto result = Document::parse(DocumentKind::kKeyPolicy, json);
    EXPECT_TRUE(result) << json << " " << (result ? "" : result.error().message());
    if (result) {
      EXPECT_EQ(result->text(), json);
    }
  }
}

TEST(Document, RefusesWhatIsNotStrictJson) {
  const ErrorCode code = ErrorCode::kMalformedPolicyDocument;
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  expect_refused({
      {"", code, "This policy contains invalid Json"},
      {"{", code, "This policy contains invalid Json"},
      {with_statement(kStatement) + "x", code, "This policy contains invalid Json"},
      {nested(16), code, "The policy must be a JSON object."},
      {nested(17), code, "This policy contains invalid Json"},
      {"[]", code, "The policy must be a JSON object."},
      {R"({"Statement":1,"Statement":2})", code, "This policy contains a duplicate key"},
      {R"({"Statement":{"Effect":"Deny","Effect":"Allow"}})", code, "This policy contains a duplicate key"},
      {R"({"Statement":{"Effect":"Deny","\u0045ffect":"Allow"}})", code, "This policy contains a duplicate key"},
      {"{\"a\":\"\xc4\x80\"}", code, "The policy contains characters that are not allowed."},
      {"{\"a\":\"\xff\"}", code, "The policy contains characters that are not allowed."},
      {std::string("{\0}", 3), code, "The policy contains characters that are not allowed."},
      {"{\x0b}", code, "The policy contains characters that are not allowed."},
      {"\x0b{}", code, "The policy contains characters that are not allowed."},
      {"\xef\xbb\xbf" + with_statement(kStatement), code, "The policy contains characters that are not allowed."},
      {"{\"a\":\"\xc3", code, "The policy contains characters that are not allowed."},
      {std::string(kMaxKeyPolicyBytes + 1, ' '), ErrorCode::kLimitExceeded,
       "The key policy is 32769 bytes long; at most 32768 are allowed."},
  });
  std::string longest = with_statement(kStatement);
  longest.resize(kMaxKeyPolicyBytes, ' ');
  EXPECT_TRUE(Document::parse(DocumentKind::kKeyPolicy, longest));
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

// The message of a refusal; empty for a document that is accepted.
std::string refusal(DocumentKind kind, std::string_view statement, std::string_view version = "2012-10-17") {
  const auto document = Document::parse(
      kind, R"({"Version":")" + std::string(version) + R"(","Statement":)" + std::string(statement) + "}");
  if (document) return {};
  EXPECT_EQ(document.error().code(), ErrorCode::kMalformedPolicyDocument) << statement;
  return document.error().message();
}

struct RefusedStatement {
  std::string statement;
  std::string_view message;
};

TEST(Document, IdentityPoliciesHaveTheirElements) {
  constexpr std::string_view kSyntax = "Syntax errors in policy.";
  constexpr std::string_view kSid =
      "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*";
  const auto with = [](std::string_view more) {
    return R"({"Effect":"Allow","Action":"kms:*","Resource":"*")" + std::string(more) + "}";
  };
  for (const RefusedStatement& one : std::vector<RefusedStatement>{
           {with(""), ""},
           {with(R"(,"Sid":"Abc1")"), ""},
           {with(R"(,"Sid":"a b")"), kSid},
           {"[" + with(R"(,"Sid":"A")") + "," + with(R"(,"Sid":"B")") + "]", ""},
           {"[" + with(R"(,"Sid":"A")") + "," + with(R"(,"Sid":"A")") + "]",
            "Statement IDs (SID) in a single policy must be unique."},
           {with(R"(,"Principal":"*")"), "Policy document should not specify a principal."},
           {with(R"(,"NotPrincipal":"*")"), "Policy document should not specify a principal."},
           {with(R"(,"NotAction":"kms:*")"), kSyntax},
           {with(R"(,"NotResource":"*")"), kSyntax},
           {with(R"(,"Conditions":{})"), kSyntax},
           {with(R"(,"Condition":[])"), kSyntax},
           {with(R"(,"Condition":{"aws:username":"x"})"), kSyntax},
           {with(R"(,"Condition":{"StringIs":{"aws:username":"x"}})"), kSyntax},
           {with(R"(,"Condition":{"StringEquals":{"aws:username":[]}})"), kSyntax},
           {with(R"(,"Condition":{"StringEquals":{"aws:username":null}})"), kSyntax},
           {with(R"(,"Condition":{"StringEquals":{"aws:username":[["x"]]}})"), kSyntax},
           {with(R"(,"Condition":{"StringEquals":{"aws:username":["x",1,true,2.5]},"Bool":{"a:b":true}})"), ""},
           {with(R"(,"Condition":{"NumericEquals":{"a:b":[1,-2,0.5,18446744073709551615]}})"),
            "Invalid value 18446744073709551615 for the condition operator NumericEquals"},
           {with(R"(,"Condition":{"ForAllValues:StringEquals":{"kms:EncryptionContext:a":"x"}})"), ""},
           {R"({"Effect":"Allow","NotAction":"kms:*","NotResource":"arn:aws:kms"})", ""},
           {R"({"Effect":"Allow","Action":"kms:*","Resource":"arn:aws:kms:*:*:key/${aws:username}"})", ""},
           {R"({"Effect":"Allow","Action":"kms:*","Resource":"arn:aws:kms:${aws:RequestedRegion}:*:key/*"})",
            R"(Resource arn:aws:kms:${aws:RequestedRegion}:*:key/* must be in ARN format or "*".)"},
           {R"({"Effect":"Allow","Action":"kms:*","Resource":"arn:aws:kms:*:*:key/${aws"})",
            R"(Resource arn:aws:kms:*:*:key/${aws must be in ARN format or "*".)"},
           {R"({"Effect":"Allow","Resource":"*"})", "Policy statement must contain actions."},
           {R"({"Effect":"Allow","Action":"*"})", "Policy statement must contain resources."},
           {R"({"Effect":"Permit","Action":"*","Resource":"*"})", kSyntax},
           {"[]", kSyntax},
       }) {
    EXPECT_EQ(refusal(DocumentKind::kIdentity, one.statement), one.message) << one.statement;
  }
  EXPECT_EQ(Document::parse(DocumentKind::kIdentity, "{").error().message(), kSyntax);
  EXPECT_EQ(Document::parse(DocumentKind::kIdentity, std::string(kMaxDocumentBytes + 1, ' ')).error().code(),
            ErrorCode::kLimitExceeded);
}

TEST(Document, NumbersWithoutQuotesKeepTheirDigits) {
  const auto document = Document::parse(
      DocumentKind::kIdentity,
      with_statement(R"({"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":{"a:b":
                        [0,-9007199254740993,9223372036854775807,18446744073709551615,-0.5,true,false]}}})"));
  ASSERT_TRUE(document);
  EXPECT_EQ(document->statements()[0].conditions[0].texts(),
            (std::vector<std::string>{"0", "-9007199254740993", "9223372036854775807", "18446744073709551615", "-0.5",
                                      "true", "false"}));
}

TEST(Document, TrustPoliciesHaveTheirElements) {
  constexpr std::string_view kActions = "AssumeRole policy may only specify STS AssumeRole actions.";
  const auto with = [](std::string_view principal, std::string_view action = "sts:AssumeRole",
                       std::string_view more = "") {
    return R"({"Effect":"Allow","Principal":)" + std::string(principal) + R"(,"Action":")" + std::string(action) +
           "\"" + std::string(more) + "}";
  };
  for (const RefusedStatement& one : std::vector<RefusedStatement>{
           {with(R"("*")"), ""},
           {with(R"({"AWS":"*","Service":"logs.amazonaws.com","Federated":"accounts.google.com"})"), ""},
           {with(R"({"Federated":"arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"})",
                 "sts:AssumeRoleWithWebIdentity"),
            ""},
           {with(R"({"Federated":"arn:aws:iam::111122223333:saml-provider/p"})", "sts:TagSession"), ""},
           {with(R"("*")", "sts:AssumeRole", R"(,"Resource":"*")"), "Has prohibited field Resource"},
           {with(R"("*")", "sts:AssumeRole", R"(,"NotResource":"*")"), "Has prohibited field NotResource"},
           {with(R"("*")", "kms:Encrypt"), kActions},
           {with(R"("*")", "*"), kActions},
           {with(R"("*")", "sts:*"), kActions},
           {R"({"Effect":"Allow","Principal":"*","NotAction":"sts:AssumeRole"})", kActions},
           {R"({"Effect":"Allow","Action":"sts:AssumeRole"})", "Missing required field Principal"},
           {R"({"Effect":"Allow","Principal":"*"})", "Missing required field Action"},
           {with(R"({"AWS":"me"})"), R"(Invalid principal in policy: "AWS":"me")"},
           {with(R"({"Service":"me"})"), R"(Invalid principal in policy: "SERVICE":"me")"},
           {with(R"({"Federated":"me"})"), R"(Invalid principal in policy: "FEDERATED":"me")"},
           {with(R"({"Federated":"arn:aws:iam::111122223333:role/p"})"),
            R"(Invalid principal in policy: "FEDERATED":"arn:aws:iam::111122223333:role/p")"},
           {with(R"({"CanonicalUser":"me"})"), R"(Invalid principal in policy: "CANONICALUSER":"me")"},
       }) {
    EXPECT_EQ(refusal(DocumentKind::kTrust, one.statement), one.message) << one.statement;
  }
}

TEST(Document, KeyPoliciesHaveTheirElements) {
  constexpr std::string_view kPrincipals = "Policy contains a statement with one or more invalid principals.";
  const auto with = [](std::string_view more, std::string_view effect = "Deny") {
    return R"({"Effect":")" + std::string(effect) + R"(","Action":"kms:*","Resource":"*",)" + std::string(more) + "}";
  };
  for (const RefusedStatement& one : std::vector<RefusedStatement>{
           {with(R"("NotPrincipal":{"AWS":"111122223333"})"), ""},
           {with(R"("NotPrincipal":{"AWS":"111122223333"})", "Allow"),
            "NotPrincipal must not be used with the effect Allow."},
           {with(R"("NotPrincipal":"*")"), "NotPrincipal must not be \"*\"."},
           {with(R"("NotPrincipal":{"AWS":"111122223333"},"Principal":"*")"),
            "A statement has either Principal or NotPrincipal."},
           {with(R"("Principal":"*","NotAction":"*")"), "A statement has either Action or NotAction."},
           {with(R"("Principal":"*","NotResource":"*")"), "A statement has either Resource or NotResource."},
           {with(R"("Principal":{"Federated":"accounts.google.com"})"), kPrincipals},
           {with(R"("Principal":"*","Condition":{"Bool":{"kms:GrantIsForAWSResource":true}})"), ""},
           {with(R"("Principal":"*","Condition":{"StringIs":{"a:b":"x"}})"), "Invalid Condition type : StringIs"},
           {with(R"("Principal":"*","Condition":{"StringIs":{}})"), "Invalid Condition type : StringIs"},
           {with(R"("Principal":"*","Condition":{"ForAllValues:StringEquals":{"kms:EncryptionContextKeys":"x"}})"), ""},
           {with(R"("Principal":"*","Condition":{"ForAllValues:StringEquals":{"KMS:encryptionContext:a":"x"}})"),
            "Policy contains an overly permissive condition: ForAllValues:StringEquals with KMS:encryptionContext:a"},
           {with(R"("Principal":"*","Condition":{"ForAllValues:StringLike":{"aws:RequestTag/a":"x"}})"),
            "Policy contains an overly permissive condition: ForAllValues:StringLike with aws:RequestTag/a"},
           {R"({"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"arn:aws:kms"})",
            R"(Resource arn:aws:kms must be in ARN format or "*".)"},
       }) {
    EXPECT_EQ(refusal(DocumentKind::kKeyPolicy, one.statement), one.message) << one.statement;
  }
}

TEST(Document, VariablesCameWithTheNewerVersion) {
  const std::string statement = R"({"Effect":"Allow","Action":"*","Resource":"arn:aws:kms:${x:*:key/${aws:username}"})";
  EXPECT_EQ(refusal(DocumentKind::kIdentity, statement, "2008-10-17"), "");
  EXPECT_NE(refusal(DocumentKind::kIdentity, statement), "");
  const auto old = Document::parse(DocumentKind::kIdentity, R"({"Statement":)" + statement + "}");
  EXPECT_EQ(old->version(), Version::k2008_10_17);
  EXPECT_FALSE(old->uses_context());
}

TEST(Document, QuotasCountWithoutWhiteSpace) {
  EXPECT_EQ(quota_size("{ \"a\" :\t[\r\n] }"), 8u);
  EXPECT_EQ(quota_size("\xc3\xa9"), 1u);
}

class OnlyTheKnownExist final : public PrincipalDirectory {
 public:
  bool account_exists(const AccountId& account) const override { return account.view() == "111122223333"; }
  bool principal_exists(std::string_view arn) const override { return arn.ends_with("/known"); }
  std::optional<std::string> unique_id(std::string_view) const override { return std::nullopt; }
  std::optional<std::string> arn_of(std::string_view) const override { return std::nullopt; }
};

TEST(Document, PrincipalsMustExist) {
  struct Named {
    std::string_view principal;
    bool exists;
  };
  for (const Named& one : {
           Named{R"("*")", true},
           Named{R"({"AWS":"111122223333"})", true},
           Named{R"({"AWS":"arn:aws:iam::111122223333:root"})", true},
           Named{R"({"AWS":"arn:aws:iam::111122223333:user/known"})", true},
           Named{R"({"Service":"logs.amazonaws.com"})", true},
           Named{R"({"AWS":"444455556666"})", false},
           Named{R"({"AWS":"arn:aws:iam::444455556666:user/known"})", false},
           Named{R"({"AWS":"arn:aws:iam::111122223333:user/unknown"})", false},
           Named{R"({"AWS":["111122223333","444455556666"]})", false},
       }) {
    const auto document = Document::parse(DocumentKind::kKeyPolicy, with_principal(one.principal));
    ASSERT_TRUE(document) << one.principal;
    const Status status = check_principals(*document, OnlyTheKnownExist());
    EXPECT_EQ(status.has_value(), one.exists) << one.principal;
    if (!status) {
      EXPECT_EQ(status.error().code(), ErrorCode::kMalformedPolicyDocument);
      EXPECT_EQ(status.error().message(), "Policy contains a statement with one or more invalid principals.");
    }
  }
}

}  // namespace
}  // namespace claviger::policy
