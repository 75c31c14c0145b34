#include "hsm/private_key_session.h"

#include <gtest/gtest.h>

#include "crypto/random.h"
#include "crypto/testing_oaep.h"
#include "hsm/ready_keys.h"
#include "hsm/test_support.h"

namespace claviger::hsm {
namespace {

class PrivateKeySessionTest : public ::testing::Test {
 protected:
  KeyBinding binding(std::string_view spec) const { return {example_scope(), example_key_id(), spec, "AWS_KMS"}; }

  crypto::SystemRandom random;
  Keyring keyring = Keyring::create_in_memory(random);
  ReadyKeys ready;
  PrivateKeySession session{keyring, random, ready};
  const SecretBytes message = secret("what is signed");
};

struct Signing {
  const char* spec;
  SignatureAlgorithm algorithm;
};
constexpr Signing kSignings[] = {
    {"RSA_2048", {SignatureScheme::kRsaPss, HashAlgorithm::kSha256}},
    {"ECC_NIST_P256", {SignatureScheme::kEcdsa, HashAlgorithm::kSha256}},
    {"ECC_NIST_P384", {SignatureScheme::kEcdsa, HashAlgorithm::kSha384}},
    {"ECC_NIST_P521", {SignatureScheme::kEcdsa, HashAlgorithm::kSha512}},
    {"ECC_SECG_P256K1", {SignatureScheme::kEcdsa, HashAlgorithm::kSha256}},
    {"ECC_NIST_EDWARDS25519", {SignatureScheme::kEd25519}},
    {"ML_DSA_44", {SignatureScheme::kMlDsa}},
    {"ML_DSA_65", {SignatureScheme::kMlDsa}},
    {"ML_DSA_87", {SignatureScheme::kMlDsa}},
    {"SM2", {SignatureScheme::kSm2}},
};

TEST_F(PrivateKeySessionTest, SignsWithAKeyOfEverySpecThatSigns) {
  for (const auto& [spec, algorithm] : kSignings) {
    const NewPrivateKey key = session.create(binding(spec)).value();
    const auto public_key = parse_public_key(spec, key.public_key);
    ASSERT_TRUE(public_key) << spec;
    // Another session has the token only.
    PrivateKeySession fresh(keyring, random, ready);
    for (int use = 0; use < 2; ++use) {
      const auto signature = fresh.sign(binding(spec), key.material, key.token, algorithm, MessageForm::kRaw, message);
      ASSERT_TRUE(signature) << spec;
      EXPECT_TRUE(verify(*public_key, algorithm, MessageForm::kRaw, message, *signature)) << spec;
    }
  }
}

TEST_F(PrivateKeySessionTest, ATokenOpensForItsRecordAloneAlsoOnceItIsCached) {
  const SignatureAlgorithm ecdsa{SignatureScheme::kEcdsa, HashAlgorithm::kSha256};
  const KeyBinding own = binding("ECC_NIST_P256");
  const NewPrivateKey key = session.create(own).value();
  ASSERT_TRUE(session.sign(own, key.material, key.token, ecdsa, MessageForm::kRaw, message));
  const auto refused = [&](const KeyBinding& other, const MaterialId& material, ByteSpan token) {
    const auto signature = session.sign(other, material, token, ecdsa, MessageForm::kRaw, message);
    return !signature && signature.error().code() == ErrorCode::kCorrupt;
  };
  const AccountId account = AccountId::parse("123456789013").value();
  const Region region = Region::parse("eu-central-2").value();
  EXPECT_TRUE(refused({{account, own.scope.region}, own.key, own.key_spec, own.origin}, key.material, key.token));
  EXPECT_TRUE(refused({{own.scope.account, region}, own.key, own.key_spec, own.origin}, key.material, key.token));
  EXPECT_TRUE(
      refused({own.scope, KeyId::parse("01234567-89ab-4cde-8f01-23456789abce").value(), own.key_spec, own.origin},
              key.material, key.token));
  EXPECT_TRUE(refused({own.scope, own.key, "ECC_SECG_P256K1", own.origin}, key.material, key.token));
  EXPECT_TRUE(refused({own.scope, own.key, own.key_spec, "EXTERNAL"}, key.material, key.token));
  MaterialId material = key.material;
  material[0] ^= 1;
  EXPECT_TRUE(refused(own, material, key.token));
  Bytes token = key.token;
  token.back() ^= 1;
  EXPECT_TRUE(refused(own, key.material, token));
  EXPECT_TRUE(refused(own, key.material, {}));
}

TEST_F(PrivateKeySessionTest, RefusesWhatTheKeyIsNotFor) {
  const KeyBinding own = binding("ECC_NIST_P256");
  const NewPrivateKey key = session.create(own).value();
  const SignatureAlgorithm ecdsa{SignatureScheme::kEcdsa, HashAlgorithm::kSha256};
  const SignatureAlgorithm pss{SignatureScheme::kRsaPss, HashAlgorithm::kSha256};
  const auto code = [](const auto& result) { return result ? ErrorCode{} : result.error().code(); };
  EXPECT_EQ(code(session.sign(own, key.material, key.token, pss, MessageForm::kRaw, message)), ErrorCode::kInternal);
  EXPECT_EQ(code(session.sign(own, key.material, key.token, ecdsa, MessageForm::kMu, SecretBytes(64))),
            ErrorCode::kInternal);
  EXPECT_EQ(code(session.sign(own, key.material, key.token, ecdsa, MessageForm::kDigest, SecretBytes(31))),
            ErrorCode::kInternal);
  EXPECT_EQ(code(session.decrypt(own, key.material, key.token, OaepHash::kSha256, Bytes(256))), ErrorCode::kInternal);
  EXPECT_EQ(code(session.decrypt_sm2(own, key.material, key.token, Bytes(256))), ErrorCode::kInternal);
  const auto other_curve = session.generate_pair("ECC_NIST_P384").value();
  EXPECT_EQ(code(session.agree(own, key.material, key.token,
                               parse_public_key("ECC_NIST_P384", other_curve.public_key).value())),
            ErrorCode::kInternal);
  EXPECT_EQ(code(session.create(binding("SYMMETRIC_DEFAULT"))), ErrorCode::kInternal);
  EXPECT_EQ(code(session.create(binding("HMAC_256"))), ErrorCode::kInternal);
  EXPECT_EQ(code(session.generate_pair("nothing")), ErrorCode::kInternal);
}

TEST_F(PrivateKeySessionTest, DecryptsWhatWasEncryptedForTheKey) {
  const NewPrivateKey key = session.create(binding("RSA_2048")).value();
  const auto public_key = parse_public_key("RSA_2048", key.public_key).value();
  for (const OaepHash hash : {OaepHash::kSha1, OaepHash::kSha256}) {
    Bytes ciphertext = oaep_encrypt(public_key, hash, secret("plaintext"));
    const auto opened = session.decrypt(binding("RSA_2048"), key.material, key.token, hash, ciphertext);
    ASSERT_TRUE(opened);
    EXPECT_TRUE(equal(*opened, secret("plaintext")));
    ciphertext[0] ^= 1;
    const auto refused = session.decrypt(binding("RSA_2048"), key.material, key.token, hash, ciphertext);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), ErrorCode::kInvalidCiphertext);
    EXPECT_EQ(refused.error().message(), "");
  }
}

TEST_F(PrivateKeySessionTest, DecryptsWhatWasEncryptedForAKeyOfSm2) {
  const KeyBinding own = binding("SM2");
  const NewPrivateKey key = session.create(own).value(), other = session.create(own).value();
  Bytes ciphertext = sm2_encrypt(parse_public_key("SM2", key.public_key).value(), secret("plaintext"));
  const auto opened = session.decrypt_sm2(own, key.material, key.token, ciphertext);
  ASSERT_TRUE(opened);
  EXPECT_TRUE(equal(*opened, secret("plaintext")));
  const auto expect_refused = [&](const NewPrivateKey& by) {
    const auto refused = session.decrypt_sm2(own, by.material, by.token, ciphertext);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), ErrorCode::kInvalidCiphertext);
    EXPECT_EQ(refused.error().message(), "");
  };
  expect_refused(other);
  ciphertext.back() ^= 1;
  expect_refused(key);
  ciphertext.pop_back();
  expect_refused(key);
  const SecretBytes digest(31);
  const auto signature =
      session.sign(own, key.material, key.token, {SignatureScheme::kSm2}, MessageForm::kDigest, digest);
  ASSERT_FALSE(signature);
  EXPECT_EQ(signature.error().code(), ErrorCode::kInternal) << "a digest has 32 bytes";
}

TEST_F(PrivateKeySessionTest, WhateverIsWrongWithACiphertextIsOneError) {
  const KeyBinding own = binding("RSA_2048");
  const NewPrivateKey key = session.create(own).value();
  const PublicKey public_key = parse_public_key("RSA_2048", key.public_key).value();
  const Bytes plaintext(32, 0x5a);
  const auto expect_refused = [&](ByteSpan ciphertext, std::string_view what) {
    const auto refused = session.decrypt(own, key.material, key.token, OaepHash::kSha256, ciphertext);
    ASSERT_FALSE(refused) << what;
    EXPECT_EQ(refused.error().code(), ErrorCode::kInvalidCiphertext) << what;
    EXPECT_EQ(refused.error().message(), "") << what;
    EXPECT_EQ(refused.error().detail(), "the ciphertext does not open") << what;
  };
  for (const crypto::OaepFault fault : crypto::kOaepFaults) {
    expect_refused(oaep_encrypt_with(fault, public_key, OaepHash::kSha256, plaintext), name_of(fault));
  }
  const Bytes right = oaep_encrypt_with(crypto::OaepFault::kNone, public_key, OaepHash::kSha256, plaintext);
  ASSERT_TRUE(session.decrypt(own, key.material, key.token, OaepHash::kSha256, right));
  expect_refused(ByteSpan(right).first(255), "a byte less");
  Bytes longer = right;
  longer.push_back(0);
  expect_refused(longer, "a byte more");
  expect_refused({}, "nothing");
}

TEST_F(PrivateKeySessionTest, AgreesWithAKeyMadeElsewhere) {
  for (const char* spec : {"ECC_NIST_P256", "ECC_NIST_P384", "ECC_NIST_P521", "SM2"}) {
    const NewPrivateKey left = session.create(binding(spec)).value(), right = session.create(binding(spec)).value();
    const auto first =
        session.agree(binding(spec), left.material, left.token, parse_public_key(spec, right.public_key).value());
    const auto second =
        session.agree(binding(spec), right.material, right.token, parse_public_key(spec, left.public_key).value());
    ASSERT_TRUE(first && second);
    EXPECT_TRUE(equal(*first, *second));
  }
}

TEST_F(PrivateKeySessionTest, ForgottenAndDisplacedKeysAreUnwrappedAgain) {
  const SignatureAlgorithm ed25519{SignatureScheme::kEd25519};
  const KeyBinding own = binding("ECC_NIST_EDWARDS25519");
  std::vector<NewPrivateKey> keys;
  for (std::size_t i = 0; i < PrivateKeySession::kCachedKeys + 3; ++i) keys.push_back(session.create(own).value());
  for (int round = 0; round < 2; ++round) {
    for (const NewPrivateKey& key : keys) {
      const auto signature = session.sign(own, key.material, key.token, ed25519, MessageForm::kRaw, message);
      ASSERT_TRUE(signature);
      EXPECT_TRUE(verify(parse_public_key(own.key_spec, key.public_key).value(), ed25519, MessageForm::kRaw, message,
                         *signature));
    }
    session.forget_unused();
    session.forget_unused();
  }
}

}  // namespace
}  // namespace claviger::hsm
