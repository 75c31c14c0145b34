#include <string>

#include "api/kms/grant_token.h"
#include "api/page.h"
#include "base/encoding.h"
#include "base/testing.h"
#include "cases.h"
#include "crypto/oaep.h"
#include "crypto/testing_key_wrap.h"
#include "hsm/import_token.h"
#include "hsm/keyring.h"
#include "hsm/material_import.h"
#include "hsm/public_key.h"
#include "hsm/purpose_sealer.h"
#include "iam/authenticator.h"
#include "iam/testing.h"
#include "published.h"
#include "secrets.h"

namespace claviger::constant_time {
namespace {

const WallTime kNow = from_millis(1'767'225'600'000);

struct Deployment {
  SecretRandom secret_random;
  crypto::SystemRandom random;
  hsm::Keyring keyring = hsm::Keyring::create_in_memory(secret_random);
};

Scope scope() { return {AccountId::parse("123456789012").value(), Region::parse("eu-central-1").value()}; }
KeyId key_id() { return KeyId::parse("01234567-89ab-4cde-8f01-23456789abcd").value(); }

// Sealed texts go out to clients.
std::string given_out(std::string text) {
  expect_secret(as_bytes(text), "a sealed text");
  publish(as_bytes(text));
  return text;
}

// Another text of the same form, changed in the middle of what is sealed.
std::string changed(const std::string& text) {
  Bytes bytes = base64_decode(text).value();
  bytes[bytes.size() - 20] ^= 1;
  return base64_encode(bytes);
}

void page_markers() {
  Deployment deployment;
  hsm::PurposeSealer markers(deployment.keyring, "marker", deployment.random);
  api::Services services{.markers = &markers};
  const iam::Caller caller{};
  const api::Context context{.caller = caller, .scope = scope(), .services = services};
  const api::Pager pager(context, "ListKeys");
  const std::string marker = given_out(pager.next_marker("position"));
  expect(pager.position(marker).has_value(), "a marker that opens");
  expect(!pager.position(changed(marker)), "a marker that was changed");
  expect(!api::Pager(context, "ListAliases").position(marker), "a marker of another listing");
  expect(published_outcomes() == 3, "three checks of a tag");
}

void grant_tokens() {
  Deployment deployment;
  hsm::PurposeSealer sealer(deployment.keyring, "grant-token", deployment.random);
  const keys::layout::GrantPlace place{scope(), key_id(), keys::GrantId::parse(std::string(64, 'a')).value()};
  const std::string token = given_out(api::kms::make_grant_token(sealer, place));
  expect(api::kms::open_grant_token(sealer, scope().region, token).has_value(), "a grant token that opens");
  expect(!api::kms::open_grant_token(sealer, scope().region, changed(token)), "a grant token that was changed");
  expect(published_outcomes() == 2, "two checks of a tag");
}

// As server/session_sealer.h.
class SessionSealer final : public iam::SessionSealer {
 public:
  SessionSealer(const hsm::Keyring& keyring, RandomSource& random) : sealer_(keyring, "sts", random) {}
  Bytes seal(ByteSpan context, ByteSpan value) override { return sealer_.seal(context, value); }
  Bytes seal(ByteSpan context, const SecretBytes& secret) override { return sealer_.seal(context, secret); }
  Result<Bytes> open(ByteSpan context, ByteSpan sealed) override { return sealer_.open(context, sealed); }
  Result<SecretBytes> open_secret(ByteSpan context, ByteSpan sealed) override {
    return sealer_.open_secret(context, sealed);
  }

 private:
  hsm::PurposeSealer sealer_;
};

iam::SessionClaims root_session(const iam::TestIdentity& identity) {
  iam::SessionClaims claims;
  claims.kind = iam::SessionKind::kRoot;
  claims.account = identity.account;
  claims.access_key_id = "ASIAIOSFODNN7EXAMPLE";
  claims.issued = identity.clock.now();
  claims.expires = identity.clock.now() + std::chrono::hours(1);
  claims.parent_access_key = std::string(iam::kTestKeyId);
  return claims;
}

void session_tokens() {
  Deployment deployment;
  iam::TestIdentity identity;
  SessionSealer sealer(deployment.keyring, deployment.random);
  const iam::SessionTokens tokens(sealer);
  const std::string token = given_out(tokens.seal(root_session(identity), secret_bytes(40)));
  const auto opened = tokens.open(token);
  expect(opened.has_value(), "a session token that opens");
  expect_secret(opened->secret, "a session's secret");
  expect(!tokens.open(changed(token)), "a session token that was changed");
  expect(published_outcomes() == 4, "four checks of a tag");
}

bool signature_is_right(iam::Authenticator& authenticator, const iam::TestSigner& signer, bool change) {
  iam::TestRequest request = iam::test_request();
  if (!signer.token.empty()) request.headers.emplace_back("X-Amz-Security-Token", signer.token);
  signer.sign_header(request);
  std::string& authorization = *request.header("authorization");
  if (change) authorization.back() = authorization.back() == '0' ? '1' : '0';
  const int before = published_outcomes();
  const bool right = request.with_view([&](const iam::SignedRequest& view) {
    const auto authenticated = authenticator.authenticate(view);
    return authenticated.has_value();
  });
  expect(signer.key_id != iam::kTestKeyId || published_outcomes() > before, "a signature that was compared");
  return right;
}

// The server's copy of the secret is secret; the client's is another one.
void signature_version_4() {
  iam::TestIdentity identity;
  const auto snapshot = identity.registry.snapshot();
  make_secret(*snapshot->credential(iam::kTestKeyId)->signing_secret);
  iam::Authenticator authenticator(identity.registry, identity.sessions, identity.clock, {});
  iam::TestSigner signer = iam::test_signer();
  expect(!signature_is_right(authenticator, signer, true), "a signature that is wrong");
  expect(signature_is_right(authenticator, signer, false), "a signature that is right");
  // With the derived key at hand.
  expect(signature_is_right(authenticator, signer, false), "a signature that is right");
  expect(!signature_is_right(authenticator, signer, true), "a signature that is wrong");
  signer.key_id = "AKIAUNKNOWN";
  expect(!signature_is_right(authenticator, signer, false), "an unknown access key");
}

void signature_of_a_session() {
  Deployment deployment;
  iam::TestIdentity identity;
  SessionSealer sealer(deployment.keyring, deployment.random);
  const iam::SessionTokens tokens(sealer);
  iam::TestSigner signer = iam::test_signer();
  signer.key_id = "ASIAIOSFODNN7EXAMPLE";
  signer.token = given_out(tokens.seal(root_session(identity), SecretBytes::copy_of(as_bytes(signer.secret))));
  iam::Authenticator authenticator(identity.registry, tokens, identity.clock, {});
  expect(!signature_is_right(authenticator, signer, true), "a signature that is wrong");
  expect(signature_is_right(authenticator, signer, false), "a signature that is right");
  expect(signature_is_right(authenticator, signer, false), "the session that was kept");
  expect(!signature_is_right(authenticator, signer, true), "a signature that is wrong");
}

// Unwraps what was wrapped for the key pair in the token, whose private key is the secret.
struct Import {
  crypto::SystemRandom random;
  hsm::Keyring keyring = hsm::Keyring::create_in_memory(random);
  hsm::MaterialImport import{keyring, random};
  hsm::KeyBinding binding{scope(), key_id(), "SYMMETRIC_DEFAULT", "EXTERNAL"};

  // By the owner of the material.
  Bytes wrap(const crypto::PublicKey& key, bool between) {
    SecretBytes material(32);
    random.fill(material.writable());
    if (!between) return crypto::oaep_encrypt(key, crypto::OaepHash::kSha256, material);
    SecretBytes wrapping(32);
    random.fill(wrapping.writable());
    Bytes out = crypto::oaep_encrypt(key, crypto::OaepHash::kSha256, wrapping);
    const Bytes wrapped = crypto::wrap_with_padding(wrapping, material);
    out.insert(out.end(), wrapped.begin(), wrapped.end());
    return out;
  }
  // Of the key file, in place of a key pair that would have to be made here.
  Bytes token(std::string_view algorithm);
};

Bytes Import::token(std::string_view algorithm) {
  hsm::ImportToken token;
  token.algorithm = hsm::wrapping_algorithm(algorithm).value();
  token.wrapping_kind = crypto::KeyKind::kRsa2048;
  token.valid_until = kNow + std::chrono::hours(1);
  token.private_key = read_key_file(token.wrapping_kind);
  hsm::PurposeSealer sealer(keyring, "import-token", random);
  return sealer.seal(hsm::import_token_context(binding), hsm::encode(token));
}

void import_material(std::string_view algorithm, bool between) {
  Import world;
  const Bytes token = world.token(algorithm);
  const crypto::PublicKey key = known_key(crypto::KeyKind::kRsa2048).public_key();
  const Bytes blob = world.wrap(key, between);
  const auto import = [&](ByteSpan given) {
    const int before = published_outcomes();
    auto imported = world.import.import(world.binding, token, given, kNow);
    expect(published_outcomes() > before, "an outcome that was secret");
    return imported;
  };
  const auto imported = import(blob);
  expect(imported.has_value(), "key material that comes in");
  expect_secret(imported->token, "a key token");
  for (const std::size_t at : {std::size_t{100}, blob.size() - 1}) {
    Bytes wrong = blob;
    wrong[at] ^= 1;
    expect(!import(wrong), "key material that does not unwrap");
  }
}

constexpr Case kCases[] = {
    {"page-marker", page_markers},
    {"grant-token", grant_tokens},
    {"session-token", session_tokens},
    {"signature-version-4", signature_version_4},
    {"signature-version-4-of-a-session", signature_of_a_session},
    {"import-rsaes-oaep", [] { import_material("RSAES_OAEP_SHA_256", false); }},
    {"import-rsa-aes-key-wrap",
     [] {
       const SecretRsaOutcome secret;
       import_material("RSA_AES_KEY_WRAP_SHA_256", true);
     }},
};

}  // namespace

std::span<const Case> request_cases() { return kCases; }

}  // namespace claviger::constant_time
