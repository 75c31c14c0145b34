#include "iam/session_claims.h"

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "base/testing.h"
#include "iam/page_example.h"
#include "iam/session_tokens.h"
#include "iam/testing.h"

namespace claviger::iam {
namespace {

SessionClaims role_claims() {
  return {.kind = SessionKind::kRole,
          .account = kAccount,
          .principal = UniqueId::parse("AROAEXAMPLEROLEID2345"),
          .access_key_id = "ASIAEXAMPLEEXAMPLE23",
          .issued = kExampleTime,
          .expires = kExampleTime + std::chrono::hours(1),
          .name = "job",
          .parent_access_key = {},
          .policy = R"({"Version":"2012-10-17","Statement":[]})",
          .policies = {*UniqueId::parse("ANPAEXAMPLEPOLICY2345")},
          .tags = {{"team", "a"}},
          .transitive_tag_keys = {"team"},
          .source_identity = "alice",
          .federated_provider = "arn:aws:iam::111122223333:oidc-provider/a.example",
          .web_identity_audience = "aud",
          .web_identity_subject = "sub"};
}
SessionClaims user_claims() {
  return {.kind = SessionKind::kUser,
          .account = kAccount,
          .principal = UniqueId::parse("AIDAEXAMPLEUSERID2345"),
          .access_key_id = "ASIA",
          .issued = kExampleTime,
          .expires = kExampleTime,
          .name = {},
          .parent_access_key = "AKIA"};
}

TEST(SessionClaims, TheDocumentedExampleDecodes) {
  const Bytes example = documented_example("session-token.md");
  EXPECT_EQ(decode_session_claims(example), role_claims());
  EXPECT_EQ(encode(role_claims()), example);
}

TEST(SessionClaims, EveryKindIsReadBack) {
  SessionClaims root = user_claims();
  root.kind = SessionKind::kRoot;
  root.principal.reset();
  for (const SessionClaims& claims : {role_claims(), user_claims(), root}) {
    EXPECT_EQ(decode_session_claims(encode(claims)), claims);
  }
}

TEST(SessionClaims, WhatEncodeDoesNotMakeIsCorrupt) {
  const Bytes good = encode(role_claims());
  for (std::size_t size = 0; size < good.size(); ++size) {
    EXPECT_FALSE(decode_session_claims(ByteSpan(good).first(size))) << size;
  }
  Bytes longer = good;
  longer.push_back(0);
  EXPECT_FALSE(decode_session_claims(longer));
  for (const auto& [at, value] : std::vector<std::pair<std::size_t, std::uint8_t>>{{0, 2}, {1, 0}, {1, 4}, {2, 'x'}}) {
    Bytes bad = good;
    bad[at] = value;
    EXPECT_FALSE(decode_session_claims(bad)) << at;
  }
  const auto refuses = [](SessionClaims claims) { return !decode_session_claims(encode(claims)); };
  SessionClaims claims = role_claims();
  claims.name.clear();
  EXPECT_TRUE(refuses(claims)) << "a role session has a name";
  claims = role_claims();
  claims.parent_access_key = "AKIA";
  EXPECT_TRUE(refuses(claims));
  claims = role_claims();
  claims.principal = UniqueId::parse("AIDAEXAMPLEUSERID2345");
  EXPECT_TRUE(refuses(claims));
  claims = user_claims();
  claims.parent_access_key.clear();
  EXPECT_TRUE(refuses(claims)) << "a user's session ends with a key";
  claims = user_claims();
  claims.name = "job";
  EXPECT_TRUE(refuses(claims));
}

class SessionTokensTest : public testing::Test {
 protected:
  static SecretBytes secret() { return SecretBytes::copy_of(as_bytes("secret")); }
  void expect_refused(std::string_view token, std::string_view name) {
    const auto opened = tokens_.open(token);
    ASSERT_FALSE(opened) << name;
    EXPECT_EQ(opened.error().code(), ErrorCode::kUnrecognizedClient) << name;
    EXPECT_EQ(opened.error().message(), "The security token included in the request is invalid.");
  }
  FakeSessionSealer sealer_;
  SessionTokens tokens_{sealer_};
};

TEST_F(SessionTokensTest, OpenToWhatWasSealed) {
  const auto opened = tokens_.open(tokens_.seal(role_claims(), secret()));
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->claims, role_claims());
  EXPECT_EQ(as_text(insecure_expose(opened->secret)), "secret");
}

TEST_F(SessionTokensTest, NothingElseOpens) {
  const std::string token = tokens_.seal(role_claims(), secret());
  const Bytes bytes = *base64_decode(token);
  for (const std::size_t at : {std::size_t{0}, std::size_t{2}, std::size_t{5}, bytes.size() - 10}) {
    Bytes changed = bytes;
    changed[at] ^= 1;
    expect_refused(base64_encode(changed), std::to_string(at));
  }
  Bytes longer = bytes;
  longer.push_back(0);
  expect_refused(base64_encode(longer), "a byte more");
  expect_refused(base64_encode(ByteSpan(bytes).first(bytes.size() - 1)), "a byte less");
  expect_refused("", "empty");
  expect_refused("!", "no base64");
  expect_refused(std::string(kMaxSessionTokenBytes + 4, 'A'), "too long");
}

TEST_F(SessionTokensTest, HalvesOfTwoTokensDoNotOpenTogether) {
  SessionClaims other = role_claims();
  other.name = "other";
  const Bytes first = *base64_decode(tokens_.seal(role_claims(), secret()));
  const Bytes second = *base64_decode(tokens_.seal(other, secret()));
  const auto claims_of = [](ByteSpan token) {
    ByteReader reader(token.subspan(1));
    return reader.sized16();
  };
  Bytes mixed{1};
  ByteWriter writer(mixed);
  writer.sized16(claims_of(second));
  writer.raw(ByteSpan(first).subspan(3 + claims_of(first).size()));
  expect_refused(base64_encode(mixed), "mixed");
}

}  // namespace
}  // namespace claviger::iam
