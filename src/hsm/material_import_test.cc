#include "hsm/material_import.h"

#include <gtest/gtest.h>

#include "crypto/hmac.h"
#include "crypto/key_wrap.h"
#include "crypto/random.h"
#include "crypto/testing_key_wrap.h"
#include "crypto/testing_oaep.h"
#include "hsm/imported_material.h"
#include "hsm/key_specs.h"
#include "hsm/private_key_session.h"
#include "hsm/ready_keys.h"
#include "hsm/test_support.h"

namespace claviger::hsm {
namespace {

const WallTime kImportEnd = kNow + std::chrono::hours(24);

// Making RSA keys takes most of the time of these tests, so there is one of each size.
class MaterialImportTest : public ::testing::Test {
 protected:
  static KeyBinding binding(std::string_view spec) { return {example_scope(), example_key_id(), spec, "EXTERNAL"}; }
  ImportParameters prepare(std::string_view algorithm, std::string_view wrapping_spec = "RSA_2048",
                           std::string_view spec = "SYMMETRIC_DEFAULT") {
    return import.prepare(binding(spec), algorithm, wrapping_spec, kImportEnd).value();
  }
  // As the owner of the material wraps it.
  Bytes wrap(std::string_view algorithm, std::string_view wrapping_spec, ByteSpan public_key,
             const SecretBytes& material) {
    const auto key = parse_public_key(wrapping_spec, public_key).value();
    if (algorithm == "SM2PKE") return sm2_encrypt(key, material);
    const OaepHash hash = algorithm.ends_with("SHA_1") ? OaepHash::kSha1 : OaepHash::kSha256;
    if (algorithm.starts_with("RSAES")) return oaep_encrypt(key, hash, material);
    const SecretBytes between = random_bytes(32);
    Bytes out = oaep_encrypt(key, hash, between);
    const Bytes wrapped = crypto::wrap_with_padding(between, material);
    out.insert(out.end(), wrapped.begin(), wrapped.end());
    return out;
  }
  SecretBytes random_bytes(std::size_t size) {
    SecretBytes out(size);
    random.fill(out.writable());
    return out;
  }
  // Material of the spec, and whether what the key then does is what it does.
  SecretBytes new_material(std::string_view spec) {
    if (key_kind(spec)) return keys.generate_pair(spec).value().private_key;
    return random_bytes(secret_key_bytes(spec).value());
  }
  void expect_in_use(std::string_view spec, const NewImportedKey& key, const SecretBytes& material) {
    const SecretBytes message = secret("message");
    if (const auto hash = mac_hash(spec)) {
      EXPECT_EQ(session.generate_mac(binding(spec), key.material, key.token, message).value(),
                crypto::Hmac(*hash).mac(material, as_bytes("message")));
      return;
    }
    if (spec == kSymmetricDefault) {
      // The same material, come in another way, reads it.
      const auto again = accept_material(binding(spec), material.clone());
      ASSERT_TRUE(again);
      EXPECT_TRUE(equal(again->backing_key, material));
      const Bytes blob = session.encrypt(binding(spec), key.material, key.token, context_of({}), message).value();
      EXPECT_TRUE(equal(session.decrypt(binding(spec), key.token, context_of({}), blob).value(), message));
      return;
    }
    const auto public_key = parse_public_key(spec, key.public_key);
    ASSERT_TRUE(public_key) << spec;
    SignatureAlgorithm algorithm{SignatureScheme::kEcdsa, HashAlgorithm::kSha256};
    if (spec == "ECC_NIST_P384") algorithm.hash = HashAlgorithm::kSha384;
    if (spec == "ECC_NIST_P521") algorithm.hash = HashAlgorithm::kSha512;
    if (spec.starts_with("RSA")) algorithm.scheme = SignatureScheme::kRsaPss;
    if (spec == "ECC_NIST_EDWARDS25519") algorithm = {SignatureScheme::kEd25519};
    if (spec == "SM2") algorithm = {SignatureScheme::kSm2};
    const auto signature = keys.sign(binding(spec), key.material, key.token, algorithm, MessageForm::kRaw, message);
    ASSERT_TRUE(signature) << spec;
    EXPECT_TRUE(verify(*public_key, algorithm, MessageForm::kRaw, message, *signature)) << spec;
  }
  ErrorCode refusal(std::string_view spec, const ImportParameters& parameters, ByteSpan blob, WallTime now = kNow) {
    const auto imported = import.import(binding(spec), parameters.token, blob, now);
    return imported ? ErrorCode{} : imported.error().code();
  }

  crypto::SystemRandom random;
  Keyring keyring = Keyring::create_in_memory(random);
  MaterialImport import{keyring, random};
  Session session{keyring, random};
  ReadyKeys ready;
  PrivateKeySession keys{keyring, random, ready};
};

TEST_F(MaterialImportTest, MaterialOfEverySpecComesInByEveryAlgorithmThatHasRoomForIt) {
  constexpr const char* kSpecs[] = {"SYMMETRIC_DEFAULT",
                                    "HMAC_224",
                                    "HMAC_256",
                                    "HMAC_384",
                                    "HMAC_512",
                                    "RSA_2048",
                                    "ECC_NIST_P256",
                                    "ECC_NIST_P384",
                                    "ECC_NIST_P521",
                                    "ECC_SECG_P256K1",
                                    "ECC_NIST_EDWARDS25519",
                                    "SM2"};
  const auto come_in = [this](std::string_view wrapping_spec, std::string_view algorithm, std::string_view spec) {
    SCOPED_TRACE(std::string(wrapping_spec).append(" ").append(algorithm).append(" ").append(spec));
    const SecretBytes material = new_material(spec);
    const ImportParameters parameters = prepare(algorithm, wrapping_spec, spec);
    EXPECT_LE(parameters.token.size(), 6144U);
    const auto imported = import.import(binding(spec), parameters.token,
                                        wrap(algorithm, wrapping_spec, parameters.public_key, material), kNow);
    ASSERT_TRUE(imported) << imported.error().detail();
    expect_in_use(spec, *imported, material);
  };
  for (const char* spec : kSpecs) {
    come_in("RSA_2048", "RSA_AES_KEY_WRAP_SHA_1", spec);
    come_in("RSA_2048", "RSA_AES_KEY_WRAP_SHA_256", spec);
    come_in("SM2", "SM2PKE", spec);
    const std::string_view name = spec;
    // Longer than RSA_2048 can encrypt.
    if (name == "RSA_2048" || name == "ECC_NIST_P521") continue;
    come_in("RSA_2048", "RSAES_OAEP_SHA_1", spec);
    come_in("RSA_2048", "RSAES_OAEP_SHA_256", spec);
  }
  come_in("RSA_3072", "RSAES_OAEP_SHA_256", "ECC_NIST_P521");
  come_in("RSA_4096", "RSAES_OAEP_SHA_1", "HMAC_512");
  come_in("RSA_4096", "RSA_AES_KEY_WRAP_SHA_256", "RSA_3072");
  come_in("SM2", "SM2PKE", "RSA_4096");
}

TEST_F(MaterialImportTest, ATokenIsForItsOwnKey) {
  const ImportParameters parameters = prepare("RSAES_OAEP_SHA_256");
  const SecretBytes material = random_bytes(32);
  const Bytes blob = wrap("RSAES_OAEP_SHA_256", "RSA_2048", parameters.public_key, material);
  const KeyBinding own = binding("SYMMETRIC_DEFAULT");
  ASSERT_TRUE(import.import(own, parameters.token, blob, kNow));
  // Again, and with another object on the same keyring: nothing is remembered.
  ASSERT_TRUE(MaterialImport(keyring, random).import(own, parameters.token, blob, kNow));
  const auto refused = [&](const KeyBinding& other) {
    const auto imported = import.import(other, parameters.token, blob, kNow);
    return !imported && imported.error().code() == ErrorCode::kInvalidImportToken;
  };
  EXPECT_TRUE(
      refused({{AccountId::parse("123456789013").value(), own.scope.region}, own.key, own.key_spec, own.origin}));
  EXPECT_TRUE(refused({{own.scope.account, Region::parse("eu-central-2").value()}, own.key, own.key_spec, own.origin}));
  EXPECT_TRUE(
      refused({own.scope, KeyId::parse("01234567-89ab-4cde-8f01-23456789abce").value(), own.key_spec, own.origin}));
  EXPECT_TRUE(refused({own.scope, own.key, "HMAC_256", own.origin}));
  crypto::SystemRandom other_random;
  const Keyring other = Keyring::create_in_memory(other_random);
  EXPECT_FALSE(MaterialImport(other, other_random).import(own, parameters.token, blob, kNow));
}

TEST_F(MaterialImportTest, ATokenWithAnyBitChangedOrCutIsInvalid) {
  const ImportParameters parameters = prepare("RSAES_OAEP_SHA_256");
  const Bytes blob = wrap("RSAES_OAEP_SHA_256", "RSA_2048", parameters.public_key, random_bytes(32));
  for_each_damage(parameters.token, [&](ByteSpan damaged, const std::string& what) {
    EXPECT_EQ(refusal("SYMMETRIC_DEFAULT", {to_bytes(damaged), {}}, blob), ErrorCode::kInvalidImportToken) << what;
  });
  Bytes longer = parameters.token;
  longer.push_back(0);
  EXPECT_EQ(refusal("SYMMETRIC_DEFAULT", {longer, {}}, blob), ErrorCode::kInvalidImportToken);
}

TEST_F(MaterialImportTest, ATokenEndsAtItsTime) {
  const ImportParameters parameters = prepare("RSAES_OAEP_SHA_256");
  const Bytes blob = wrap("RSAES_OAEP_SHA_256", "RSA_2048", parameters.public_key, random_bytes(32));
  EXPECT_EQ(refusal("SYMMETRIC_DEFAULT", parameters, blob, kImportEnd - std::chrono::milliseconds(1)), ErrorCode{});
  EXPECT_EQ(refusal("SYMMETRIC_DEFAULT", parameters, blob, kImportEnd), ErrorCode::kExpiredImportToken);
  // Only who has a token of this key learns that it is too old.
  EXPECT_EQ(refusal("HMAC_256", parameters, blob, kImportEnd), ErrorCode::kInvalidImportToken);
}

TEST_F(MaterialImportTest, WhatDoesNotUnwrapIsOneErrorWhoeverFailed) {
  const SecretBytes material = random_bytes(32);
  const auto expect_refused = [&](const ImportParameters& parameters, ByteSpan blob, const std::string& what) {
    const auto imported = import.import(binding("SYMMETRIC_DEFAULT"), parameters.token, blob, kNow);
    ASSERT_FALSE(imported) << what;
    EXPECT_EQ(imported.error().code(), ErrorCode::kInvalidCiphertext) << what;
    EXPECT_EQ(imported.error().message(), "") << what;
    EXPECT_EQ(imported.error().detail(), "the key material does not unwrap") << what;
  };
  const ImportParameters direct = prepare("RSAES_OAEP_SHA_256"), between = prepare("RSA_AES_KEY_WRAP_SHA_256");
  const Bytes direct_blob = wrap("RSAES_OAEP_SHA_256", "RSA_2048", direct.public_key, material);
  const Bytes between_blob = wrap("RSA_AES_KEY_WRAP_SHA_256", "RSA_2048", between.public_key, material);
  expect_refused(direct, between_blob, "the other algorithm");
  expect_refused(between, direct_blob, "the other algorithm, and nothing behind RSA");
  expect_refused(direct, wrap("RSAES_OAEP_SHA_1", "RSA_2048", direct.public_key, material), "the other hash");
  expect_refused(between, wrap("RSA_AES_KEY_WRAP_SHA_1", "RSA_2048", between.public_key, material), "the other hash");
  expect_refused(direct, wrap("RSAES_OAEP_SHA_256", "RSA_2048", between.public_key, material), "the other key pair");
  expect_refused(direct, {}, "nothing");
  expect_refused(between, {}, "nothing");
  for (const std::size_t at : {std::size_t{0}, std::size_t{255}, std::size_t{256}, between_blob.size() - 1}) {
    Bytes changed = between_blob;
    changed[at] ^= 1;
    expect_refused(between, changed, "byte " + std::to_string(at));
  }
  expect_refused(between, ByteSpan(between_blob).first(between_blob.size() - 8), "eight bytes less");
  const ImportParameters sm2 = prepare("SM2PKE", "SM2");
  Bytes sm2_blob = wrap("SM2PKE", "SM2", sm2.public_key, material);
  ASSERT_TRUE(import.import(binding("SYMMETRIC_DEFAULT"), sm2.token, sm2_blob, kNow));
  expect_refused(prepare("SM2PKE", "SM2"), sm2_blob, "the other key pair of SM2");
  expect_refused(direct, sm2_blob, "the other kind of key");
  expect_refused(sm2, direct_blob, "the other kind of key");
  expect_refused(sm2, {}, "nothing");
  sm2_blob.back() ^= 1;
  expect_refused(sm2, sm2_blob, "the last byte of SM2's");
  // Each kind of RSA's failures, before a wrapping that is right and one that is wrong.
  for (const crypto::OaepFault fault : crypto::kOaepFaults) {
    const auto rsa_key = parse_public_key("RSA_2048", between.public_key).value();
    Bytes faulty = oaep_encrypt_with(fault, rsa_key, OaepHash::kSha256, Bytes(32));
    faulty.insert(faulty.end(), between_blob.begin() + 256, between_blob.end());
    expect_refused(between, faulty, std::string(name_of(fault)));
    faulty.back() ^= 1;
    expect_refused(between, faulty, std::string(name_of(fault)) + ", and the wrapping changed");
  }
  // An AES key of 128 bits, which wraps correctly by other rules than AWS's.
  const auto key = parse_public_key("RSA_2048", between.public_key).value();
  Bytes small = oaep_encrypt(key, OaepHash::kSha256, random_bytes(16));
  small.insert(small.end(), between_blob.begin() + 256, between_blob.end());
  expect_refused(between, small, "a key of another length");
}

TEST_F(MaterialImportTest, MaterialThatTheSpecDoesNotTakeIsIncorrect) {
  const auto accepted = [](std::string_view spec, const SecretBytes& material) {
    return accept_material(binding(spec), material.clone()).has_value();
  };
  for (const std::size_t size : {std::size_t{1}, std::size_t{16}, std::size_t{31}, std::size_t{33}}) {
    EXPECT_FALSE(accepted("SYMMETRIC_DEFAULT", random_bytes(size))) << size;
  }
  const std::pair<const char*, std::size_t> shortest[] = {
      {"HMAC_224", 28}, {"HMAC_256", 32}, {"HMAC_384", 48}, {"HMAC_512", 64}};
  for (const auto& [spec, size] : shortest) {
    EXPECT_FALSE(accepted(spec, random_bytes(size - 1))) << spec;
    EXPECT_TRUE(accepted(spec, random_bytes(size))) << spec;
    EXPECT_TRUE(accepted(spec, random_bytes(128))) << spec;
    EXPECT_FALSE(accepted(spec, random_bytes(129))) << spec;
  }
  const SecretBytes p256 = new_material("ECC_NIST_P256"), rsa = new_material("RSA_2048");
  EXPECT_TRUE(accepted("ECC_NIST_P256", p256));
  EXPECT_FALSE(accepted("ECC_SECG_P256K1", p256)) << "another curve";
  EXPECT_FALSE(accepted("ECC_NIST_EDWARDS25519", p256));
  EXPECT_FALSE(accepted("RSA_3072", rsa)) << "another size";
  EXPECT_FALSE(accepted("RSA_2048", p256));
  EXPECT_FALSE(accepted("ECC_NIST_P256", random_bytes(32))) << "not PKCS #8";
  EXPECT_FALSE(accepted("ML_DSA_44", new_material("ML_DSA_44"))) << "ML-DSA is not imported";
  EXPECT_TRUE(accepted("SM2", new_material("SM2")));
  EXPECT_FALSE(accepted("SM2", p256)) << "another curve";
  EXPECT_FALSE(accepted("ECC_NIST_P256", new_material("SM2")));
  EXPECT_FALSE(accepted("nothing", p256));
  // And the whole way.
  const ImportParameters parameters = prepare("RSAES_OAEP_SHA_256");
  const Bytes blob = wrap("RSAES_OAEP_SHA_256", "RSA_2048", parameters.public_key, random_bytes(31));
  EXPECT_EQ(refusal("SYMMETRIC_DEFAULT", parameters, blob), ErrorCode::kIncorrectKeyMaterial);
}

TEST_F(MaterialImportTest, TheIdIsOfTheKeyAndTheMaterial) {
  const auto id = [](const KeyBinding& of, const SecretBytes& material) {
    return hex_encode(accept_material(of, material.clone()).value().id);
  };
  const SecretBytes material = random_bytes(32), other_material = random_bytes(32);
  const KeyBinding own = binding("SYMMETRIC_DEFAULT");
  KeyBinding other_key = own, other_account = own, other_region = own;
  other_key.key = KeyId::parse("01234567-89ab-4cde-8f01-23456789abce").value();
  other_account.scope.account = AccountId::parse("123456789013").value();
  other_region.scope.region = Region::parse("eu-central-2").value();
  EXPECT_EQ(id(own, material), id(own, material));
  EXPECT_NE(id(own, material), id(own, other_material));
  EXPECT_NE(id(own, material), id(other_key, material));
  EXPECT_NE(id(own, material), id(other_account, material));
  EXPECT_EQ(id(own, material), id(other_region, material)) << "related keys share their materials' ids";
  // Fixed for good: what was imported once must be recognized by every later version.
  EXPECT_EQ(id(own, SecretBytes(32)), "b6cb34d27017870d6017813025635d6dbd0f4e7c4257ec581d1247aed3e17154");
}

// RFC 6979 appendix A.2.5, without its public part and with it.
constexpr std::string_view kWithoutPublic =
    "3041020100301306072a8648ce3d020106082a8648ce3d030107042730250201010420"
    "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721";
constexpr std::string_view kWithPublic =
    "308187020100301306072a8648ce3d020106082a8648ce3d030107046d306b0201010420"
    "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721a14403420004"
    "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
    "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299";

TEST_F(MaterialImportTest, APrivateKeyIsTheSameHoweverItIsEncoded) {
  const auto read = [](std::string_view hex) {
    return accept_material(binding("ECC_NIST_P256"), SecretBytes::copy_of(hex_decode(hex).value())).value();
  };
  const ImportedMaterial bare = read(kWithoutPublic), whole = read(kWithPublic);
  EXPECT_EQ(bare.id, whole.id);
  EXPECT_EQ(bare.public_key, whole.public_key);
}

TEST_F(MaterialImportTest, ImportedHmacKeysOfEveryLengthMakeTheirCodes) {
  for (const std::size_t size : {std::size_t{32}, std::size_t{64}, std::size_t{65}, std::size_t{128}}) {
    const SecretBytes material = random_bytes(size);
    const ImportParameters parameters = prepare("RSAES_OAEP_SHA_256", "RSA_2048", "HMAC_256");
    const auto imported = import.import(binding("HMAC_256"), parameters.token,
                                        wrap("RSAES_OAEP_SHA_256", "RSA_2048", parameters.public_key, material), kNow);
    ASSERT_TRUE(imported) << size;
    expect_in_use("HMAC_256", *imported, material);
  }
}

TEST_F(MaterialImportTest, NamesThatAreNotBuiltAreABug) {
  for (const auto& [algorithm, spec] : {std::pair{"RSAES_PKCS1_V1_5", "RSA_2048"}, std::pair{"SM2PKE", "RSA_2048"},
                                        std::pair{"RSAES_OAEP_SHA_256", "SM2"}}) {
    const auto prepared = import.prepare(binding("SYMMETRIC_DEFAULT"), algorithm, spec, kImportEnd);
    ASSERT_FALSE(prepared);
    EXPECT_EQ(prepared.error().code(), ErrorCode::kInternal);
  }
}

}  // namespace
}  // namespace claviger::hsm
