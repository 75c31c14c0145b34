#include "iam/authenticator.h"

#include <gtest/gtest.h>

#include <functional>

#include "iam/testing.h"

namespace claviger::iam {
namespace {

constexpr std::string_view kMismatch =
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key "
    "and signing method. Consult the service documentation for details.";
constexpr std::string_view kInvalidToken = "The security token included in the request is invalid.";

class AuthenticatorTest : public testing::Test {
 protected:
  Result<Authenticated> authenticate(const TestRequest& request) {
    return request.with_view([&](const SignedRequest& view) { return authenticator_.authenticate(view); });
  }
  void expect_refused(const TestRequest& request, ErrorCode code, std::string_view message, std::string_view name) {
    const auto result = authenticate(request);
    ASSERT_FALSE(result) << name;
    EXPECT_EQ(result.error().code(), code) << name;
    EXPECT_EQ(result.error().message(), message) << name;
  }

  TestIdentity identity_;
  Authenticator authenticator_{identity_.registry, identity_.sessions, identity_.clock, {}};
};

TEST_F(AuthenticatorTest, AcceptsTheHeaderForm) {
  TestRequest request = test_request();
  test_signer().sign_header(request);
  // Twice: with the derived key made, and with the derived key kept.
  for (int i = 0; i < 2; ++i) {
    const auto result = authenticate(request);
    ASSERT_TRUE(result) << result.error().message();
    EXPECT_EQ(result->caller->principal_arn, "arn:aws:iam::111122223333:root");
    EXPECT_EQ(result->caller->principal_id, "111122223333");
    EXPECT_EQ(result->caller->account.view(), "111122223333");
    EXPECT_EQ(result->caller->access_key_id, kTestKeyId);
    EXPECT_EQ(result->caller->kind, policy::PrincipalKind::kRoot);
    EXPECT_EQ(result->region.view(), "us-east-1");
    EXPECT_EQ(result->service, Service::kKms);
  }
}

TEST_F(AuthenticatorTest, AcceptsTheQueryForm) {
  TestRequest request = test_request();
  request.query = "b=2&a=%20x";
  test_signer().sign_query(request);
  EXPECT_TRUE(authenticate(request));
}

TEST_F(AuthenticatorTest, AcceptsADateHeaderInPlaceOfXAmzDate) {
  for (const char* date : {"20260131T235000Z", "Sat, 31 Jan 2026 23:50:00 GMT"}) {
    TestRequest request = test_request();
    request.headers.emplace_back("Date", date);
    test_signer().sign_header(request);
    EXPECT_TRUE(authenticate(request)) << date;
  }
}

TEST_F(AuthenticatorTest, TheCallersArnIsInTheRegionsPartition) {
  TestRequest request = test_request();
  TestSigner signer = test_signer();
  signer.region = "cn-north-1";
  signer.sign_header(request);
  const auto result = authenticate(request);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->caller->principal_arn, "arn:aws-cn:iam::111122223333:root");
  EXPECT_EQ(result->region.view(), "cn-north-1");
}

TEST_F(AuthenticatorTest, ContentSha256MustBeTheBodysHash) {
  for (const auto& [value, code] : std::vector<std::pair<std::string, std::optional<ErrorCode>>>{
           {"44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a", std::nullopt},
           {"44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8b", ErrorCode::kInvalidSignature},
           {"UNSIGNED-PAYLOAD", ErrorCode::kInvalidSignature}}) {
    for (const bool in_query : {false, true}) {
      TestRequest request = test_request();
      request.body = "{}";
      request.headers.emplace_back("X-Amz-Content-Sha256", value);
      in_query ? test_signer().sign_query(request) : test_signer().sign_header(request);
      if (code) {
        expect_refused(request, *code, kMismatch, value);
      } else {
        EXPECT_TRUE(authenticate(request));
      }
    }
  }
}

TEST_F(AuthenticatorTest, TimeBoundsAreExact) {
  struct Row {
    bool in_query;
    int offset_seconds;
    std::string_view message;  // empty: accepted
  };
  for (const Row& row : {
           Row{false, 300, ""},
           Row{false, 301,
               "Signature expired: 20260131T235000Z is now earlier than 20260131T235001Z (20260131T235501Z - 5 min.)"},
           Row{false, -300, ""},
           Row{false, -301,
               "Signature not yet current: 20260131T235000Z is still later than 20260131T234959Z (20260131T234459Z + "
               "5 min.)"},
           Row{true, 1000, ""},
           Row{true, 1001,
               "Signature expired: 20260131T235000Z is now earlier than 20260131T235001Z (20260201T000641Z - 1000 "
               "sec.)"},
           Row{true, -301,
               "Signature not yet current: 20260131T235000Z is still later than 20260131T234959Z (20260131T234459Z + "
               "5 min.)"},
       }) {
    TestRequest request = test_request();
    row.in_query ? test_signer().sign_query(request, "1000") : test_signer().sign_header(request);
    identity_.clock.set(test_time() + std::chrono::seconds(row.offset_seconds));
    if (row.message.empty()) {
      EXPECT_TRUE(authenticate(request)) << row.offset_seconds;
    } else {
      expect_refused(request, ErrorCode::kInvalidSignature, row.message, row.message);
    }
  }
}

TEST_F(AuthenticatorTest, ScopeErrorsAreToldTogether) {
  struct Row {
    std::string_view date, region, service, terminator, message;
  };
  for (const Row& row : {
           Row{"20260131", "US", "kms", "aws4_request", "Credential should be scoped to a valid region. "},
           Row{"20260131", "us-east-1", "s3", "aws4_request",
               "Credential should be scoped to correct service: 'kms'. "},
           Row{"20260131", "us-east-1", "kms", "aws4",
               "Credential should be scoped with a valid terminator: 'aws4_request', not 'aws4'. "},
           Row{"20260130", "us-east-1", "kms", "aws4_request",
               "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '20260130' "
               "!= '20260131', from '20260131T235000Z'. "},
           Row{"20260131", "x", "KMS", "aws4_request",
               "Credential should be scoped to a valid region. Credential should be scoped to correct service: "
               "'kms'. "},
       }) {
    TestRequest request = test_request();
    TestSigner signer = test_signer();
    signer.date = row.date;
    signer.region = row.region;
    signer.service = row.service;
    signer.terminator = row.terminator;
    signer.sign_header(request);
    expect_refused(request, ErrorCode::kInvalidSignature, row.message, row.message);
  }
}

// Only a query can hold them: in a header a blank ends the value.
TEST_F(AuthenticatorTest, ATextOfTheClientsIsToldInPrintableAscii) {
  TestRequest request = test_request();
  TestSigner signer = test_signer();
  signer.terminator = "a \x1f~\x7f~\xc3" + std::string(80, 'x');
  signer.sign_query(request);
  expect_refused(request, ErrorCode::kInvalidSignature,
                 "Credential should be scoped with a valid terminator: 'aws4_request', not 'a ?~?~?" +
                     std::string(57, 'x') + "'. ",
                 "terminator");
}

TEST_F(AuthenticatorTest, UnknownKeysAndForeignTokensAreUnrecognized) {
  TestRequest unknown = test_request();
  TestSigner signer = test_signer();
  signer.key_id = "AKIAUNKNOWN";
  signer.sign_header(unknown);
  expect_refused(unknown, ErrorCode::kUnrecognizedClient, kInvalidToken, "unknown key");
  // The secret that stands in for an unknown one opens nothing.
  TestRequest stand_in = test_request();
  signer.secret = "0000000000000000000000000000000000000000";
  signer.sign_header(stand_in);
  expect_refused(stand_in, ErrorCode::kUnrecognizedClient, kInvalidToken, "stand-in secret");
  TestRequest token = test_request();
  token.headers.emplace_back("X-Amz-Security-Token", "abc");
  test_signer().sign_header(token);
  expect_refused(token, ErrorCode::kUnrecognizedClient, kInvalidToken, "token in a header");
  TestRequest query_token = test_request();
  test_signer().sign_query(query_token, "300", "&X-Amz-Security-Token=abc");
  expect_refused(query_token, ErrorCode::kUnrecognizedClient, kInvalidToken, "token in the query");
}

TEST_F(AuthenticatorTest, AWrongSecretIsAMismatchWithTheKeyCachedOrNot) {
  TestRequest wrong = test_request();
  TestSigner signer = test_signer();
  signer.secret = "other";
  signer.sign_header(wrong);
  expect_refused(wrong, ErrorCode::kInvalidSignature, kMismatch, "cold");
  TestRequest right = test_request();
  test_signer().sign_header(right);
  EXPECT_TRUE(authenticate(right));
  expect_refused(wrong, ErrorCode::kInvalidSignature, kMismatch, "warm");
  EXPECT_TRUE(authenticate(right));
}

TEST_F(AuthenticatorTest, ARemovedOrReplacedKeyIsRefusedAtOnce) {
  TestRequest request = test_request();
  test_signer().sign_header(request);
  EXPECT_TRUE(authenticate(request));
  auto replacement = given_access_key(kTestKeyId, SecretBytes::copy_of(as_bytes("new")));
  ASSERT_TRUE(identity_.registry.put_root(*AccountId::parse(kTestAccount), *replacement));
  expect_refused(request, ErrorCode::kInvalidSignature, kMismatch, "replaced");
  ASSERT_TRUE(identity_.registry.remove_root(kTestKeyId));
  expect_refused(request, ErrorCode::kUnrecognizedClient, kInvalidToken, "removed");
}

struct MalformedRow {
  std::string_view name;
  std::function<void(TestRequest&)> change;
  ErrorCode code;
  std::string_view message;
};

void set_authorization(TestRequest& request, std::string_view value) { *request.header("authorization") = value; }

TEST_F(AuthenticatorTest, MalformedCredentialsAreNamed) {
  const std::vector<MalformedRow> rows = {
      {"none", [](TestRequest& r) { r.remove("authorization"); }, ErrorCode::kMissingAuthenticationToken,
       "Missing Authentication Token"},
      {"another scheme", [](TestRequest& r) { set_authorization(r, "Basic YTpi"); }, ErrorCode::kIncompleteSignature,
       "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. "
       "Authorization header requires 'SignedHeaders' parameter. (Hashed with SHA-256 and encoded with Base64) "
       "Authorization=O133MeQGsSG8M/c3mxecXZJzUhCDu+9BD3DsZ39/mpI="},
      {"another version", [](TestRequest& r) { set_authorization(r, "AWS4-HMAC-SHA1 Credential=a"); },
       ErrorCode::kIncompleteSignature, "Unsupported AWS 'algorithm': 'AWS4-HMAC-SHA1'."},
      {"no equals sign", [](TestRequest& r) { set_authorization(r, "AWS4-HMAC-SHA256 Credential"); },
       ErrorCode::kIncompleteSignature,
       "Invalid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 and encoded with "
       "Base64): 'KfSoC26UaBDGXxo5AUFS45c1cmAbyLKDOxOTKcZYWt4='."},
      {"unknown parameter", [](TestRequest& r) { *r.header("authorization") += ", Extra=1"; },
       ErrorCode::kIncompleteSignature, "Authorization header has an unknown or repeated 'Extra' parameter."},
      {"four scope parts",
       [](TestRequest& r) {
         set_authorization(r,
                           "AWS4-HMAC-SHA256 Credential=a/b/c/d, SignedHeaders=host, "
                           "Signature=0");
       },
       ErrorCode::kIncompleteSignature,
       "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got (hashed "
       "with SHA-256 and encoded with Base64): 'abPbD8NRpUsfWbY1aNEU49sNuU4l0ezSMw34HaYxzvw='"},
      {"no date",
       [](TestRequest& r) {
         r.remove("x-amz-date");
         set_authorization(r, "AWS4-HMAC-SHA256 Credential=a/b/c/d/e, SignedHeaders=host, Signature=0");
       },
       ErrorCode::kIncompleteSignature,
       "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. (Hashed with SHA-256 and "
       "encoded with Base64) Authorization=4z2krKc4PRFNseyzSAfQUMVAJAzN3MGdp9O6fL5HMhU="},
      {"bad date", [](TestRequest& r) { *r.header("x-amz-date") = "a day\x1f~\x7f"; }, ErrorCode::kIncompleteSignature,
       "Date must be in ISO-8601 'basic format'. Got 'a day?~?'. See http://en.wikipedia.org/wiki/ISO_8601"},
      {"two Authorization headers",
       [](TestRequest& r) { r.headers.emplace_back("authorization", *r.header("authorization")); },
       ErrorCode::kIncompleteSignature, "The header 'authorization' must not be repeated."},
      {"two hosts", [](TestRequest& r) { r.headers.emplace_back("host", "127.0.0.1:4599"); },
       ErrorCode::kIncompleteSignature, "The header 'host' must not be repeated."},
      {"two targets", [](TestRequest& r) { r.headers.emplace_back("x-amz-target", "TrentService.Encrypt"); },
       ErrorCode::kIncompleteSignature, "The header 'x-amz-target' must not be repeated."},
      {"header and query", [](TestRequest& r) { r.query = "X-Amz-Expires=1"; }, ErrorCode::kIncompleteSignature,
       "Credentials must be given once: in the Authorization header or in the query string."},
      {"an x-amz header after signing", [](TestRequest& r) { r.headers.emplace_back("X-Amz-Meta", "1"); },
       ErrorCode::kInvalidSignature, "'X-Amz-Meta' must be a 'SignedHeader' in the AWS Authorization."},
  };
  for (const MalformedRow& row : rows) {
    TestRequest request = test_request();
    test_signer().sign_header(request);
    row.change(request);
    const auto result = authenticate(request);
    ASSERT_FALSE(result) << row.name;
    EXPECT_EQ(result.error().code(), row.code) << row.name;
    EXPECT_EQ(result.error().message(), row.message) << row.name;
  }
}

TEST_F(AuthenticatorTest, ParametersMayStandWithoutSpaces) {
  TestRequest request = test_request();
  test_signer().sign_header(request);
  std::string authorization = *request.header("authorization");
  for (std::size_t at; (at = authorization.find(", ")) != std::string::npos;) authorization.erase(at + 1, 1);
  set_authorization(request, authorization);
  EXPECT_TRUE(authenticate(request));
}

TEST_F(AuthenticatorTest, SignedHeadersAreNamesOfHeaders) {
  for (const std::string_view name : {"", "hoSt", "ho!st", "ho/st", "ho:st", "ho`st", "ho{st", "host;host"}) {
    TestRequest request = test_request();
    test_signer().sign_header(request);
    set_authorization(request,
                      "AWS4-HMAC-SHA256 Credential=a/b/c/d/e, Signature=0, SignedHeaders=" + std::string(name));
    expect_refused(request, ErrorCode::kIncompleteSignature,
                   "SignedHeaders must be a sorted, semicolon-separated list of lower-case header names.", name);
  }
}

TEST_F(AuthenticatorTest, WhatNamesTheOperationMustBeSigned) {
  struct Row {
    std::vector<std::string> names;
    std::string_view message;
  };
  for (const Row& row : {
           Row{{"x-amz-date", "x-amz-target"},
               "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."},
           Row{{"host", "x-amz-date"}, "'X-Amz-Target' must be a 'SignedHeader' in the AWS Authorization."},
           Row{{"host", "x-amz-target"}, "'X-Amz-Date' must be a 'SignedHeader' in the AWS Authorization."},
       }) {
    TestRequest request = test_request();
    TestSigner signer = test_signer();
    signer.signed_headers = row.names;
    signer.sign_header(request);
    expect_refused(request, ErrorCode::kInvalidSignature, row.message, row.message);
  }
  TestRequest dated = test_request();
  dated.headers.emplace_back("Date", "20260131T235000Z");
  TestSigner signer = test_signer();
  signer.signed_headers = {"host", "x-amz-target"};
  signer.sign_header(dated);
  expect_refused(dated, ErrorCode::kInvalidSignature, "'Date' must be a 'SignedHeader' in the AWS Authorization.",
                 "unsigned Date");
}

TEST_F(AuthenticatorTest, IncompleteQueriesAreNamed) {
  TestRequest request = test_request();
  request.query = "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date=20260131T235000Z";
  expect_refused(request, ErrorCode::kIncompleteSignature,
                 "AWS query-string parameters must include 'X-Amz-Credential'. AWS query-string parameters must "
                 "include 'X-Amz-Signature'. AWS query-string parameters must include 'X-Amz-SignedHeaders'. AWS "
                 "query-string parameters must include 'X-Amz-Expires'. Re-examine the query-string parameters.",
                 "missing parameters");
  for (const char* expires : {"0", "604801", "-1", "1e3", "99999999999999999999", ""}) {
    TestRequest bad = test_request();
    test_signer().sign_query(bad, expires);
    expect_refused(bad, ErrorCode::kIncompleteSignature, "X-Amz-Expires must be a number of seconds from 1 to 604800.",
                   expires);
  }
}

}  // namespace
}  // namespace claviger::iam
