#include <array>

#include "base/encoding.h"
#include "base/encryption_context.h"
#include "base/identifiers.h"
#include "base/testing.h"
#include "cases.h"
#include "crypto/aead.h"
#include "crypto/enveloped_data.h"
#include "crypto/hmac.h"
#include "crypto/kdf.h"
#include "crypto/key_wrap.h"
#include "crypto/testing_key_wrap.h"
#include "hsm/keyring.h"
#include "hsm/session.h"
#include "published.h"
#include "secrets.h"

namespace claviger::constant_time {
namespace {

// A deployment whose root key is secret, and so everything that is derived from it or sealed under it.
struct Hsm {
  SecretRandom secret_random;
  crypto::SystemRandom random;  // nonces go out with what they were used for
  hsm::Keyring keyring = hsm::Keyring::create_in_memory(secret_random);
  hsm::Session session{keyring, random};

  static hsm::KeyBinding binding(std::string_view spec) {
    return {{AccountId::parse("123456789012").value(), Region::parse("eu-central-1").value()},
            KeyId::parse("01234567-89ab-4cde-8f01-23456789abcd").value(),
            spec,
            "AWS_KMS"};
  }
  hsm::NewBackingKey key(std::string_view spec) {
    auto made = session.create_backing_key(binding(spec));
    expect(made.has_value(), "a backing key");
    publish(made->token);
    return *std::move(made);
  }
};

EncryptionContext context() { return EncryptionContext::from_pairs({{"a", "b"}}).value(); }

Bytes changed(Bytes bytes, std::size_t at) {
  bytes.at(at) ^= 1;
  return bytes;
}

void gcm() {
  SecretRandom secret_random;
  crypto::SystemRandom random;
  std::array<std::uint8_t, 32> key{};
  secret_random.fill(key);
  crypto::Aes256Gcm cipher;
  const SecretBytes plaintext = secret_bytes(1000);
  Bytes sealed;
  cipher.seal(key, {as_bytes("aad")}, insecure_expose(plaintext), random, sealed);
  expect_secret(sealed, "what was sealed");
  publish(sealed);
  SecretBytes opened(plaintext.size());
  expect(cipher.open(key, {as_bytes("aad")}, sealed, opened.writable()), "a tag that is right");
  expect_secret(opened, "what was opened");
  for (const std::size_t at : {std::size_t{0}, std::size_t{12}, sealed.size() - 16, sealed.size() - 1}) {
    expect(!cipher.open(key, {as_bytes("aad")}, changed(sealed, at), opened.writable()), "a tag that is wrong");
  }
  expect(published_outcomes() == 5, "five checks of a tag");
}

void decrypt() {
  Hsm hsm;
  const auto key = hsm.key("SYMMETRIC_DEFAULT");
  const auto binding = Hsm::binding("SYMMETRIC_DEFAULT");
  auto blob = hsm.session.encrypt(binding, key.material, key.token, context(), secret_bytes(100));
  expect(blob.has_value(), "a ciphertext");
  expect_secret(*blob, "a ciphertext");
  publish(*blob);
  const int before = published_outcomes();
  const auto opened = hsm.session.decrypt(binding, key.token, context(), *blob);
  expect(opened.has_value(), "a ciphertext that opens");
  expect_secret(*opened, "a plaintext");
  // The token's tag, the commitment, the ciphertext's tag.
  expect(published_outcomes() == before + 3, "three checks");
  for (std::size_t at = blob->size() - 150; at < blob->size(); at += 13) {
    expect(!hsm.session.decrypt(binding, key.token, context(), changed(*blob, at)), "a ciphertext that was changed");
  }
  expect(!hsm.session.decrypt(binding, key.token, EncryptionContext::from_pairs({}).value(), *blob),
         "another encryption context");
  Bytes token = changed(key.token, key.token.size() - 1);
  expect(!hsm.session.decrypt(binding, token, context(), *blob), "a token that was changed");
}

void data_key() {
  Hsm hsm;
  const auto key = hsm.key("SYMMETRIC_DEFAULT");
  const auto binding = Hsm::binding("SYMMETRIC_DEFAULT");
  hsm::Session session(hsm.keyring, hsm.random);
  const auto made = session.generate_data_key(binding, key.material, key.token, context(), 32);
  expect(made.has_value(), "a data key");
  expect_secret(made->ciphertext, "the ciphertext of a data key");
  const auto again = session.rewrap(binding, key.material, key.token);
  expect(again.has_value(), "a token wrapped anew");
  expect_secret(*again, "a token wrapped anew");
}

void verify_mac(std::string_view spec) {
  Hsm hsm;
  const auto key = hsm.key(spec);
  const auto binding = Hsm::binding(spec);
  const SecretBytes message = secret_bytes(100);
  auto code = hsm.session.generate_mac(binding, key.material, key.token, message);
  expect(code.has_value(), "a MAC");
  expect_secret(*code, "a MAC");
  publish(*code);
  const auto verify = [&](ByteSpan given) {
    const int before = published_outcomes();
    const auto right = hsm.session.verify_mac(binding, key.material, key.token, message, given);
    expect(right.has_value(), "a verdict");
    expect(published_outcomes() == before + 2, "a token's tag and a MAC that were compared");
    return *right;
  };
  expect(verify(*code), "a MAC that is right");
  expect(!verify(changed(*code, 0)), "a MAC that is wrong from the start");
  expect(!verify(changed(*code, code->size() - 1)), "a MAC that is wrong at its end");
}

void hmac_verify() {
  const SecretBytes key = secret_bytes(64);
  for (const auto hash : {crypto::HashAlgorithm::kSha224, crypto::HashAlgorithm::kSha256,
                          crypto::HashAlgorithm::kSha384, crypto::HashAlgorithm::kSha512}) {
    crypto::Hmac hmac(hash);
    Bytes code = hmac.mac(key, as_bytes("message"));
    expect_secret(code, "a MAC");
    publish(code);
    expect(hmac.verify(key, as_bytes("message"), code), "a MAC that is right");
    expect(!hmac.verify(key, as_bytes("message"), changed(code, 5)), "a MAC that is wrong");
  }
  expect(published_outcomes() == 8, "eight comparisons");
}

void derivations() {
  crypto::HmacSha256 prf(secret_bytes(32));
  std::array<std::uint8_t, 48> derived{};
  crypto::derive_sp800_108(prf, "label", as_bytes("context"), derived);
  expect_secret(derived, "a derived key");
  std::array<std::uint8_t, 48> expanded{};
  crypto::derive_hkdf(secret_bytes(40), {}, as_bytes("info"), expanded);
  expect_secret(expanded, "a derived key");
}

void unwrap() {
  const SecretBytes key = secret_bytes(32);
  for (const std::size_t size : {std::size_t{1}, std::size_t{8}, std::size_t{32}, std::size_t{1219}}) {
    const SecretBytes material = secret_bytes(size);
    // The wrapping is OpenSSL's, for the test's sake alone: not of secrets.
    publish(key);
    publish(material);
    const Bytes wrapped = crypto::wrap_with_padding(key, material);
    make_secret(key);
    const auto unwrapped = crypto::unwrap_with_padding(key, wrapped);
    expect(unwrapped && unwrapped->size() == size, "key material that unwraps");
    expect_secret(*unwrapped, "key material");
    expect(!crypto::unwrap_with_padding(key, changed(wrapped, 0)), "key material that does not unwrap");
    expect(!crypto::unwrap_with_padding(key, changed(wrapped, wrapped.size() - 1)), "key material that was changed");
  }
}

// Two bytes of padding, which is no secret because the length is none; every digit is.
void base64() {
  const SecretBytes plaintext = secret_bytes(100);
  SecretBytes text;
  base64_append(insecure_expose(plaintext), text);
  const ByteSpan digits = insecure_expose(text);
  expect_secret(digits, "encoded plaintext");
  publish(digits.last(2));
  const auto decoded = base64_decode_secret(as_text(digits));
  expect(decoded && decoded->size() == 100, "base64 that decodes");
  expect_secret(*decoded, "decoded plaintext");
  SecretBytes wrong = text.clone();
  wrong.writable()[50] = '!';
  make_secret(insecure_expose(wrong).first(90));
  expect(!base64_decode_secret(as_text(insecure_expose(wrong))), "base64 with another character");
  expect(published_outcomes() == 2, "two outcomes");
}

void secret_equality() {
  const SecretBytes one = secret_bytes(33);
  SecretBytes other = one.clone();
  expect(equal(one, other), "secrets that are equal");
  other.writable()[32] ^= 1;
  expect(!equal(one, other), "secrets that are not");
  expect(published_outcomes() == 2, "two comparisons");
}

void envelope() {
  expect_secret(crypto::envelop(known_key(crypto::KeyKind::kRsa2048).public_key(), secret_bytes(100)),
                "an enveloped plaintext");
}

constexpr Case kCases[] = {
    {"aes-gcm-tag", gcm},
    {"decrypt-and-key-commitment", decrypt},
    {"data-key-and-rewrap", data_key},
    {"verify-mac-hmac-224", [] { verify_mac("HMAC_224"); }},
    {"verify-mac-hmac-256", [] { verify_mac("HMAC_256"); }},
    {"verify-mac-hmac-384", [] { verify_mac("HMAC_384"); }},
    {"verify-mac-hmac-512", [] { verify_mac("HMAC_512"); }},
    {"hmac-verify", hmac_verify},
    {"key-derivation", derivations},
    {"aes-key-unwrap-with-padding", unwrap},
    {"base64-of-plaintext", base64},
    {"secret-bytes-equality", secret_equality},
    {"enveloped-data", envelope},
};

}  // namespace

std::span<const Case> symmetric_cases() { return kCases; }

}  // namespace claviger::constant_time
