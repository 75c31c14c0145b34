#include "iam/web_identity.h"

#include <gtest/gtest.h>

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "base/encoding.h"
#include "base/testing.h"
#include "crypto/testing_jws.h"
#include "iam/authenticator.h"
#include "iam/entity_rules.h"
#include "iam/jwt.h"
#include "iam/key_set.h"
#include "iam/provider_rules.h"
#include "iam/testing.h"

namespace claviger::iam {
namespace {

constexpr const char* kProviderArn = "arn:aws:iam::111122223333:oidc-provider/oidc.example.com/id/1";
constexpr const char* kPodsRoleArn = "arn:aws:iam::111122223333:role/pods";
constexpr const char* kSubject = "system:serviceaccount:apps:web";

std::string base64url(ByteSpan bytes) {
  std::string text = base64_encode(bytes);
  std::replace(text.begin(), text.end(), '+', '-');
  std::replace(text.begin(), text.end(), '/', '_');
  while (text.ends_with('=')) text.pop_back();
  return text;
}
std::string base64url(std::string_view text) { return base64url(as_bytes(text)); }

const crypto::TestTokenKey& rsa_key() {
  static const crypto::TestTokenKey kKey = crypto::TestTokenKey::rsa();
  return kKey;
}
const crypto::TestTokenKey& ec_key() {
  static const crypto::TestTokenKey kKey = crypto::TestTokenKey::p256();
  return kKey;
}
const crypto::TestTokenKey& foreign_key() {
  static const crypto::TestTokenKey kKey = crypto::TestTokenKey::p256();
  return kKey;
}

std::string rsa_jwk(std::string_view more = R"(,"kid":"rsa","alg":"RS256","use":"sig")") {
  return fmt::format(R"({{"kty":"RSA","n":"{}","e":"{}"{}}})", base64url(rsa_key().first()),
                     base64url(rsa_key().second()), more);
}
std::string ec_jwk(std::string_view more = R"(,"kid":"ec","alg":"ES256")") {
  return fmt::format(R"({{"kty":"EC","crv":"P-256","x":"{}","y":"{}"{}}})", base64url(ec_key().first()),
                     base64url(ec_key().second()), more);
}
std::string key_set(std::string_view keys) { return fmt::format(R"({{"keys":[{}]}})", keys); }

// A token whose parts can be changed before it is signed.
struct Token {
  std::string header = R"({"alg":"ES256","kid":"ec","typ":"JWT"})";
  std::string issuer = R"("https://oidc.example.com/id/1")";
  std::string subject = fmt::format("\"{}\"", kSubject);
  std::string audience = R"("sts.amazonaws.com")";
  std::string expires = "1769907000", issued = "1769903400";  // an hour after the tests' time, and that time
  std::string more;
  const crypto::TestTokenKey* key = &ec_key();

  std::string claims() const {
    return fmt::format(R"({{"iss":{},"sub":{},"aud":{},"exp":{},"iat":{}{}}})", issuer, subject, audience, expires,
                       issued, more);
  }
  std::string text() const {
    const std::string signed_text = base64url(header) + "." + base64url(claims());
    return signed_text + "." + base64url(key->sign(as_bytes(signed_text)));
  }
};

TEST(KeySet, TakesTheKeysThatCanBeUsed) {
  const auto set = KeySet::parse(key_set(
      rsa_jwk() + "," + ec_jwk() +
      R"(,{"kty":"oct","k":"AAAA"},{"kty":"OKP","crv":"Ed25519","x":"AA"},{"kty":"RSA","alg":"RS512","n":"AA","e":"AQAB"},)" +
      rsa_jwk(R"(,"kid":"enc","use":"enc")") + "," + ec_jwk(R"(,"kid":"ops","key_ops":["sign"])") + "," +
      ec_jwk(R"(,"kid":"verify","key_ops":["verify"])")));
  ASSERT_TRUE(set) << set.error().message();
  EXPECT_EQ(set->size(), 3u);
}

TEST(KeySet, RefusesWhatIsNone) {
  for (const std::string& text :
       {std::string(), std::string("{"), std::string("[]"), std::string("{}"), std::string(R"({"keys":{}})"),
        std::string(R"({"keys":[]})"), std::string(R"({"keys":[1]})"), std::string(R"({"keys":[],"keys":[]})"),
        key_set(R"({"kty":"oct","k":"AAAA"})"), key_set(R"({"kty":"RSA","n":"AQAB","e":"AQAB"})"),
        key_set(R"({"kty":"RSA"})"), key_set(R"({"kty":"EC","crv":"P-256","x":"AA","y":"AA"})"),
        key_set(ec_jwk(R"(,"kid":"")")), key_set(ec_jwk(R"(,"kid":"a","kid":"b")")),
        key_set(ec_jwk(",\"kid\":\"" + std::string(257, 'x') + "\"")), key_set(ec_jwk() + "," + ec_jwk()),
        key_set(ec_jwk(R"(,"d":"AA")")), key_set(ec_jwk() + R"(,{"kty":"OKP","crv":"Ed25519","x":"AA","d":"AA"})"),
        std::string(kMaxKeySetBytes + 1, ' ')}) {
    const auto set = KeySet::parse(text);
    ASSERT_FALSE(set) << text.substr(0, 80);
    EXPECT_EQ(set.error().code(), ErrorCode::kInvalidInput);
  }
  std::string many;
  for (std::size_t i = 0; i <= kMaxKeysPerSet; ++i) many += R"({"kty":"oct"},)";
  EXPECT_FALSE(KeySet::parse(key_set(many + ec_jwk())));
}

TEST(KeySet, AKeyIsForItsAlgorithmAndIdOnly) {
  const std::string message = "m";
  const Bytes by_rsa = rsa_key().sign(as_bytes(message)), by_ec = ec_key().sign(as_bytes(message));
  const auto set = KeySet::parse(key_set(rsa_jwk() + "," + ec_jwk())).value();
  const auto verify = [&](TokenAlgorithm algorithm, std::string_view id, const Bytes& signature) {
    return set.verify(algorithm, id, as_bytes(message), signature);
  };
  EXPECT_TRUE(verify(TokenAlgorithm::kRs256, "rsa", by_rsa));
  EXPECT_TRUE(verify(TokenAlgorithm::kEs256, "ec", by_ec));
  EXPECT_TRUE(verify(TokenAlgorithm::kRs256, "", by_rsa)) << "the only one of its algorithm";
  EXPECT_FALSE(verify(TokenAlgorithm::kRs256, "ec", by_rsa));
  EXPECT_FALSE(verify(TokenAlgorithm::kEs256, "rsa", by_ec));
  EXPECT_FALSE(verify(TokenAlgorithm::kEs256, "other", by_ec));
  EXPECT_FALSE(verify(TokenAlgorithm::kEs256, "ec", by_rsa));
  const auto two = KeySet::parse(key_set(ec_jwk() + "," + ec_jwk(R"(,"kid":"ec2")"))).value();
  EXPECT_FALSE(two.verify(TokenAlgorithm::kEs256, "", as_bytes(message), by_ec)) << "which of the two?";
  EXPECT_TRUE(two.verify(TokenAlgorithm::kEs256, "ec2", as_bytes(message), by_ec));
}

TEST(WebIdentityToken, IsReadWithItsClaims) {
  Token token;
  token.audience = R"(["one","two"])";
  token.more = R"(,"nbf":1,"azp":"party","amr":["authenticated","x"],"other":{"a":[1]})";
  const auto parsed = parse_web_identity_token(token.text());
  ASSERT_TRUE(parsed) << parsed.error().message();
  EXPECT_EQ(parsed->algorithm, TokenAlgorithm::kEs256);
  EXPECT_EQ(parsed->key_id, "ec");
  EXPECT_EQ(parsed->issuer, "https://oidc.example.com/id/1");
  EXPECT_EQ(parsed->subject, kSubject);
  EXPECT_EQ(parsed->audiences, (std::vector<std::string>{"one", "two"}));
  EXPECT_EQ(parsed->authorized_party, "party");
  EXPECT_EQ(parsed->amr, (std::vector<std::string>{"authenticated", "x"}));
  EXPECT_EQ(parsed->expires, 1'769'907'000);
  EXPECT_EQ(parsed->not_before, 1);
  EXPECT_EQ(parsed->signature.size(), 64u);
}

TEST(WebIdentityToken, WhatIsMalformedIsRefused) {
  struct Row {
    const char* name;
    std::function<void(Token&)> change;
  };
  const std::string longest(1025, 'x');
  for (const Row& row : {
           Row{"none", [](Token& t) { t.header = R"({"alg":"none"})"; }},
           Row{"None", [](Token& t) { t.header = R"({"alg":"None"})"; }},
           Row{"no algorithm", [](Token& t) { t.header = "{}"; }},
           Row{"HS256", [](Token& t) { t.header = R"({"alg":"HS256"})"; }},
           Row{"RS512", [](Token& t) { t.header = R"({"alg":"RS512"})"; }},
           Row{"lower case", [](Token& t) { t.header = R"({"alg":"es256"})"; }},
           Row{"two algorithms", [](Token& t) { t.header = R"({"alg":"ES256","alg":"none"})"; }},
           Row{"an algorithm that is no text", [](Token& t) { t.header = R"({"alg":["ES256"]})"; }},
           Row{"critical", [](Token& t) { t.header = R"({"alg":"ES256","crit":["exp"]})"; }},
           Row{"unencoded payload", [](Token& t) { t.header = R"({"alg":"ES256","b64":false})"; }},
           Row{"key id of another type", [](Token& t) { t.header = R"({"alg":"ES256","kid":1})"; }},
           Row{"header is no object", [](Token& t) { t.header = R"(["ES256"])"; }},
           Row{"header is no JSON", [](Token& t) { t.header = "{"; }},
           Row{"issuer", [](Token& t) { t.issuer = "1"; }},
           Row{"empty subject", [](Token& t) { t.subject = "\"\""; }},
           Row{"long subject", [&](Token& t) { t.subject = "\"" + longest + "\""; }},
           Row{"no audience", [](Token& t) { t.audience = "[]"; }},
           Row{"audience of another type", [](Token& t) { t.audience = "[1]"; }},
           Row{"too many audiences", [](Token& t) { t.audience = R"(["1","2","3","4","5","6","7","8","9","0","1"])"; }},
           Row{"expiry is a text", [](Token& t) { t.expires = "\"1769907000\""; }},
           Row{"expiry is a fraction", [](Token& t) { t.expires = "1769907000.5"; }},
           Row{"negative expiry", [](Token& t) { t.expires = "-1"; }},
           Row{"huge expiry", [](Token& t) { t.expires = "253402300800"; }},
           Row{"expiry beyond all numbers", [](Token& t) { t.expires = "99999999999999999999"; }},
           Row{"issued at", [](Token& t) { t.issued = "null"; }},
           Row{"not before", [](Token& t) { t.more = R"(,"nbf":"1")"; }},
           Row{"two subjects", [](Token& t) { t.more = R"(,"sub":"other")"; }},
           Row{"authorized party", [](Token& t) { t.more = R"(,"azp":1)"; }},
           Row{"amr", [](Token& t) { t.more = R"(,"amr":{})"; }},
           Row{"tags of another type", [](Token& t) { t.more = R"(,"https://aws.amazon.com/tags":[])"; }},
           Row{"tags in one claim each",
               [](Token& t) { t.more = R"(,"https://aws.amazon.com/tags/principal_tags/Team":["a"])"; }},
           Row{"unknown part of tags", [](Token& t) { t.more = R"(,"https://aws.amazon.com/tags":{"other":{}})"; }},
           Row{"tag with two values",
               [](Token& t) { t.more = R"(,"https://aws.amazon.com/tags":{"principal_tags":{"k":["a","b"]}})"; }},
           Row{"tag without a value",
               [](Token& t) { t.more = R"(,"https://aws.amazon.com/tags":{"principal_tags":{"k":[]}})"; }},
           Row{"tag twice",
               [](Token& t) { t.more = R"(,"https://aws.amazon.com/tags":{"principal_tags":{"k":["a"],"k":["a"]}})"; }},
           Row{"tag that is a text",
               [](Token& t) { t.more = R"(,"https://aws.amazon.com/tags":{"principal_tags":{"k":"a"}})"; }},
           Row{"tag that is a number",
               [](Token& t) { t.more = R"(,"https://aws.amazon.com/tags":{"principal_tags":{"k":[1]}})"; }},
           Row{"long tag",
               [&](Token& t) {
                 t.more = R"(,"https://aws.amazon.com/tags":{"principal_tags":{"k":[")" + longest + "\"]}}";
               }},
           Row{"transitive keys of another type",
               [](Token& t) { t.more = R"(,"https://aws.amazon.com/tags":{"transitive_tag_keys":"k"})"; }},
           Row{"short source identity", [](Token& t) { t.more = R"(,"https://aws.amazon.com/source_identity":"x")"; }},
           Row{"source identity with a space",
               [](Token& t) { t.more = R"(,"https://aws.amazon.com/source_identity":"a b")"; }},
           Row{"source identity of another type",
               [](Token& t) { t.more = R"(,"https://aws.amazon.com/source_identity":1)"; }},
           Row{"claim of AWS that is not known", [](Token& t) { t.more = R"(,"https://aws.amazon.com/new":1)"; }},
       }) {
    Token token;
    row.change(token);
    const auto parsed = parse_web_identity_token(token.text());
    ASSERT_FALSE(parsed) << row.name;
    EXPECT_EQ(parsed.error().code(), ErrorCode::kInvalidIdentityToken) << row.name;
    EXPECT_EQ(parsed.error().message().find(longest), std::string::npos);
  }
  const std::string good = Token().text();
  const std::size_t dot = good.rfind('.');
  for (const std::string& text : {std::string(), std::string("."), std::string(".."), std::string("a.b"), good + ".x",
                                  good.substr(0, dot), good.substr(0, dot + 1), good + "=", good + "!", "=" + good,
                                  " " + good, std::string(kMaxWebIdentityTokenBytes + 1, 'a')}) {
    EXPECT_FALSE(parse_web_identity_token(text)) << text.substr(0, 40);
  }
}

TEST(WebIdentityToken, MayHaveTagsAndASourceIdentity) {
  Token token;
  token.more = R"(,"https://aws.amazon.com/tags":{"principal_tags":{"Team":["a"],"empty":[""]},)"
               R"("transitive_tag_keys":["Team"]},"https://aws.amazon.com/source_identity":"alice")";
  const auto parsed = parse_web_identity_token(token.text());
  ASSERT_TRUE(parsed) << parsed.error().message();
  EXPECT_EQ(parsed->tags, (std::vector<Tag>{{"Team", "a"}, {"empty", ""}}));
  EXPECT_EQ(parsed->transitive_tag_keys, std::vector<std::string>{"Team"});
  EXPECT_EQ(parsed->source_identity, "alice");
  token.more = R"(,"https://aws.amazon.com/tags":{"transitive_tag_keys":[]})";
  EXPECT_TRUE(parse_web_identity_token(token.text()));
}

TEST(WebIdentityToken, ASourceIdentityHas2To64Characters) {
  for (const auto& [size, fits] :
       std::vector<std::pair<std::size_t, bool>>{{1, false}, {2, true}, {64, true}, {65, false}}) {
    Token token;
    token.more = R"(,"https://aws.amazon.com/source_identity":")" + std::string(size, 'a') + "\"";
    EXPECT_EQ(parse_web_identity_token(token.text()).has_value(), fits) << size;
  }
}

class WebIdentityTest : public testing::Test {
 protected:
  WebIdentityTest() {
    must([&](const RuleContext& c) {
      return create_provider(
          c, {.account = account_, .url = "https://oidc.example.com/id/1", .client_ids = {"sts.amazonaws.com", "app"}});
    });
    upload(key_set(rsa_jwk() + "," + ec_jwk()));
    must([&](const RuleContext& c) {
      return create_role(c, {.principal = {.account = account_, .name = "pods"}, .trust_policy = trust()});
    });
  }
  template <class Rule>
  void must(Rule rule) {
    const Status status = world_.run(rule);
    ASSERT_TRUE(status) << status.error().message();
  }
  void upload(const std::string& keys) {
    must([&](const RuleContext& c) { return set_key_set(c, account_, kProviderArn, keys); });
  }
  static std::string trust(
      std::string_view condition = fmt::format(R"({{"StringEquals":{{"oidc.example.com/id/1:sub":"{}",)"
                                               R"("oidc.example.com/id/1:aud":"sts.amazonaws.com"}}}})",
                                               kSubject),
      std::string_view actions = R"("sts:AssumeRoleWithWebIdentity")") {
    return fmt::format(R"({{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"Federated":"{}"}},)"
                       R"("Action":[{}],"Condition":{}}}]}})",
                       kProviderArn, actions, condition);
  }
  struct Assumed {
    Caller caller;
    IssuedSession issued;
  };
  Result<Assumed> assume(const Token& token, AssumeRoleWish wish = {}) {
    const auto snapshot = world_.registry.snapshot();
    if (wish.role_arn.empty()) wish.role_arn = kPodsRoleArn;
    if (wish.session_name.empty()) wish.session_name = "pod";
    const SecretBytes text = SecretBytes::copy_of(as_bytes(token.text()));
    CLAVIGER_ASSIGN(Caller caller, identify_web_identity(*snapshot, "aws", world_.clock.now(), wish.role_arn, text));
    const StsContext context{*snapshot, "aws", world_.sessions, world_.clock.now(), world_.random};
    CLAVIGER_ASSIGN(IssuedSession issued, assume_role_with_web_identity(context, caller, wish));
    return Assumed{std::move(caller), std::move(issued)};
  }
  void expect_refused(const Token& token, ErrorCode code, std::string_view part) {
    const auto result = assume(token);
    ASSERT_FALSE(result) << part;
    EXPECT_EQ(result.error().code(), code) << result.error().message();
    EXPECT_NE(result.error().message().find(part), std::string::npos) << result.error().message();
  }

  TestIdentity world_;
  const AccountId account_ = world_.account;
};

TEST_F(WebIdentityTest, AWorkloadActsAsItsRole) {
  for (const bool rsa : {false, true}) {
    Token token;
    if (rsa) {
      token.header = R"({"alg":"RS256","kid":"rsa"})";
      token.key = &rsa_key();
    }
    const auto session = assume(token);
    ASSERT_TRUE(session) << session.error().message();
    const WebIdentity& identity = *session->caller.web_identity;
    EXPECT_EQ(identity.provider, kProviderArn);
    EXPECT_EQ(identity.audience, "sts.amazonaws.com");
    EXPECT_EQ(identity.subject, kSubject);
    EXPECT_EQ(session->caller.account, account_);
    EXPECT_EQ(session->caller.principal().federated_provider, kProviderArn);
    EXPECT_EQ(session->issued.arn, "arn:aws:sts::111122223333:assumed-role/pods/pod");
    EXPECT_EQ(session->caller.kind, policy::PrincipalKind::kWebIdentity);
    EXPECT_EQ(session->caller.principal_id,
              std::string(kProviderArn) + ":sts.amazonaws.com:system:serviceaccount:apps:web");
    const auto opened = world_.sessions.open(session->issued.token);
    ASSERT_TRUE(opened);
    EXPECT_EQ(opened->claims.web_identity_subject, kSubject);
    EXPECT_EQ(opened->claims.expires, test_time() + std::chrono::hours(1));

    Authenticator authenticator(world_.registry, world_.sessions, world_.clock, {});
    TestSigner signer = test_signer();
    signer.key_id = session->issued.access_key_id;
    signer.secret = as_text(insecure_expose(session->issued.secret));
    TestRequest request = test_request();
    request.headers.emplace_back("X-Amz-Security-Token", session->issued.token);
    signer.sign_header(request);
    const auto signed_in =
        request.with_view([&](const SignedRequest& view) { return authenticator.authenticate(view); });
    ASSERT_TRUE(signed_in);
    EXPECT_EQ(signed_in->caller->principal().federated_provider, kProviderArn);
    EXPECT_NE(signed_in->caller->session->audit_context.find(
                  fmt::format(R"("webIdFederationData":{{"federatedProvider":"{}","attributes":{{}}}})", kProviderArn)),
              std::string::npos);
  }
}

TEST_F(WebIdentityTest, TheSignatureIsCheckedWithTheProvidersKeysOnly) {
  Token token;
  token.key = &foreign_key();
  expect_refused(token, ErrorCode::kInvalidIdentityToken, "signature");
  token = {};
  token.header = R"({"alg":"ES256","kid":"other"})";
  expect_refused(token, ErrorCode::kInvalidIdentityToken, "signature");
  token.header = R"({"alg":"ES256","kid":"rsa"})";
  expect_refused(token, ErrorCode::kInvalidIdentityToken, "signature");
  token.header = R"({"alg":"RS256","kid":"ec"})";
  expect_refused(token, ErrorCode::kInvalidIdentityToken, "signature");
  // The key is in the token: nobody asked for that.
  token.header = fmt::format(R"({{"alg":"ES256","jwk":{{"kty":"EC","crv":"P-256","x":"{}","y":"{}"}}}})",
                             base64url(foreign_key().first()), base64url(foreign_key().second()));
  token.key = &foreign_key();
  expect_refused(token, ErrorCode::kInvalidIdentityToken, "signature");
}

TEST_F(WebIdentityTest, OldKeysAreOutOfForceAtOnce) {
  EXPECT_TRUE(assume({}));
  upload(key_set(rsa_jwk()));
  expect_refused({}, ErrorCode::kInvalidIdentityToken, "signature");
  EXPECT_EQ(
      world_.run([&](const RuleContext& c) { return set_key_set(c, account_, kProviderArn, "{}"); }).error().code(),
      ErrorCode::kInvalidInput);
  EXPECT_EQ(world_.run([&](const RuleContext& c) { return set_key_set(c, account_, "x", "{}"); }).error().code(),
            ErrorCode::kNotFound);
}

TEST_F(WebIdentityTest, WithoutAKeySetNothingCanBeChecked) {
  must([&](const RuleContext& c) { return delete_provider(c, account_, kProviderArn); });
  expect_refused({}, ErrorCode::kInvalidIdentityToken, "No OpenIDConnect provider found");
  must([&](const RuleContext& c) {
    return create_provider(
        c, {.account = account_, .url = "https://oidc.example.com/id/1", .client_ids = {"sts.amazonaws.com"}});
  });
  expect_refused({}, ErrorCode::kInvalidIdentityToken, "Couldn't retrieve verification key");
}

TEST_F(WebIdentityTest, IssuerAudienceAndTimesAreChecked) {
  Token token;
  for (const char* issuer :
       {"\"https://oidc.example.com/id/2\"", "\"http://oidc.example.com/id/1\"", "\"oidc.example.com/id/1\"",
        "\"https://OIDC.example.com/id/1\"", "\"https://oidc.example.com/id/1/\""}) {
    token.issuer = issuer;
    expect_refused(token, ErrorCode::kInvalidIdentityToken, "No OpenIDConnect provider found");
  }
  token = {};
  token.audience = R"("other")";
  expect_refused(token, ErrorCode::kInvalidIdentityToken, "Incorrect token audience");
  token.audience = R"(["sts.amazonaws.com","app"])";
  expect_refused(token, ErrorCode::kInvalidIdentityToken, "several audiences");
  token.more = R"(,"azp":"other")";
  expect_refused(token, ErrorCode::kInvalidIdentityToken, "Incorrect token audience");
  token.more = R"(,"azp":"sts.amazonaws.com")";
  EXPECT_TRUE(assume(token));
  token = {};
  token.expires = "1769903400";
  expect_refused(token, ErrorCode::kExpiredIdentityToken,
                 "Token expired: current date/time 2026-01-31T23:50:00Z must be before the expiration date/time "
                 "2026-01-31T23:50:00Z");
  token.expires = "1769903401";
  EXPECT_TRUE(assume(token));
  token.issued = "1769903461";
  expect_refused(token, ErrorCode::kInvalidIdentityToken, "not valid yet");
  token.issued = "1769903460";
  EXPECT_TRUE(assume(token)) << "clocks differ";
  token.more = R"(,"nbf":1769903461)";
  expect_refused(token, ErrorCode::kInvalidIdentityToken, "not valid yet");
}

TEST_F(WebIdentityTest, TheTrustPolicyDecides) {
  constexpr std::string_view kDenied = "Not authorized to perform sts:AssumeRoleWithWebIdentity";
  Token token;
  token.subject = R"("system:serviceaccount:apps:other")";
  expect_refused(token, ErrorCode::kAccessDenied, kDenied);
  token = {};
  token.audience = R"("app")";
  expect_refused(token, ErrorCode::kAccessDenied, kDenied);
  const auto set_trust = [&](const std::string& text) {
    must([&](const RuleContext& c) { return update_trust_policy(c, account_, "pods", text); });
  };
  set_trust(trust(R"({"ForAnyValue:StringEquals":{"oidc.example.com/id/1:amr":"strong"}})"));
  expect_refused({}, ErrorCode::kAccessDenied, kDenied);
  token = {};
  token.more = R"(,"amr":["strong"])";
  EXPECT_TRUE(assume(token));
  set_trust(test_trust_policy());
  expect_refused({}, ErrorCode::kAccessDenied, kDenied);
  const std::string session =
      fmt::format(R"({{"StringEquals":{{"sts:RoleSessionName":"pod","aws:FederatedProvider":"{}"}}}})", kProviderArn);
  set_trust(trust(session));
  EXPECT_TRUE(assume({}));
  EXPECT_FALSE(assume({}, {.session_name = "another"}));
}

TEST_F(WebIdentityTest, NobodyElseComesInThisWay) {
  const auto snapshot = world_.registry.snapshot();
  const StsContext context{*snapshot, "aws", world_.sessions, world_.clock.now(), world_.random};
  const auto by_root = assume_role_with_web_identity(context, root_caller("aws", account_, "k"),
                                                     {.role_arn = kPodsRoleArn, .session_name = "pod"});
  EXPECT_EQ(by_root.error().code(), ErrorCode::kAccessDenied);
  // Somebody of another account's provider, whose ARN was not the one that the token was checked for.
  Caller foreign = assume({})->caller;
  foreign.account = *AccountId::parse("999999999999");
  const auto by_foreign =
      assume_role_with_web_identity(context, foreign, {.role_arn = kPodsRoleArn, .session_name = "pod"});
  EXPECT_EQ(by_foreign.error().code(), ErrorCode::kAccessDenied);
}

TEST_F(WebIdentityTest, TagsAndSourceIdentityOfTheTokenAreTheSessions) {
  Token tagged, sourced;
  tagged.more = R"(,"https://aws.amazon.com/tags":{"principal_tags":{"Team":["a"]},"transitive_tag_keys":["Team"]})";
  sourced.more = R"(,"https://aws.amazon.com/source_identity":"alice")";
  expect_refused(tagged, ErrorCode::kAccessDenied, "AssumeRoleWithWebIdentity");
  expect_refused(sourced, ErrorCode::kAccessDenied, "AssumeRoleWithWebIdentity");
  const auto set_trust = [&](std::string_view condition) {
    const std::string text =
        trust(condition, R"("sts:AssumeRoleWithWebIdentity","sts:TagSession","sts:SetSourceIdentity")");
    must([&](const RuleContext& c) { return update_trust_policy(c, account_, "pods", text); });
  };
  set_trust("{}");
  const auto with_tags = assume(tagged);
  ASSERT_TRUE(with_tags) << with_tags.error().message();
  const SessionClaims claims = world_.sessions.open(with_tags->issued.token)->claims;
  EXPECT_EQ(claims.tags, (std::vector<Tag>{{"Team", "a"}}));
  EXPECT_EQ(claims.transitive_tag_keys, std::vector<std::string>{"Team"});
  EXPECT_EQ(with_tags->issued.packed_policy_size, 1);
  EXPECT_EQ(assume(sourced)->issued.source_identity, "alice");
  set_trust(R"({"StringEquals":{"aws:RequestTag/Team":"a"}})");
  EXPECT_TRUE(assume(tagged));
  EXPECT_FALSE(assume(sourced));
  set_trust(R"({"StringEquals":{"sts:SourceIdentity":"alice"}})");
  EXPECT_TRUE(assume(sourced));
  EXPECT_FALSE(assume(tagged));
  // They are the session's, not whoever asks for it.
  set_trust(R"({"StringEquals":{"aws:PrincipalTag/Team":"a"}})");
  EXPECT_FALSE(assume(tagged));
}

TEST_F(WebIdentityTest, RolesThatAreNotThereLookLikeRolesThatMayNotBeAssumed) {
  EXPECT_EQ(assume({}, {.role_arn = "arn:aws:iam::111122223333:role/none"}).error().code(), ErrorCode::kAccessDenied);
  // Nobody vouches for anybody in an account that has no provider.
  EXPECT_EQ(assume({}, {.role_arn = "arn:aws:iam::999999999999:role/pods"}).error().code(),
            ErrorCode::kInvalidIdentityToken);
  for (const char* arn : {"arn:aws:iam::111122223333:user/pods", "x", "arn:aws:iam::111122223333:role/"}) {
    const auto result = assume({}, {.role_arn = arn});
    ASSERT_FALSE(result) << arn;
    EXPECT_EQ(result.error().code(), ErrorCode::kValidation) << arn;
    EXPECT_EQ(result.error().message(), "Request ARN is invalid");
  }
  EXPECT_EQ(assume({}, {.session_name = "x"}).error().code(), ErrorCode::kValidation);
  EXPECT_EQ(assume({}, {.session = {.duration = std::chrono::seconds(3601)}}).error().code(), ErrorCode::kValidation);
  EXPECT_EQ(assume({}, {.session = {.policy = "{}"}}).error().code(), ErrorCode::kMalformedPolicyDocument);
  EXPECT_EQ(assume({}, {.session = {.policy = test_policy()}})->issued.packed_policy_size, 2);
}

}  // namespace
}  // namespace claviger::iam
