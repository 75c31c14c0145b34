// Project Wycheproof's vectors of asymmetric algorithms through our wrappers.
#include <gtest/gtest.h>

#include <iostream>
#include <optional>
#include <string>

#include "base/testing.h"
#include "crypto/key_agreement.h"
#include "crypto/oaep.h"
#include "crypto/signature.h"
#include "wycheproof.h"

namespace claviger::crypto {
namespace {

KeyKind rsa_kind(std::string_view name) {
  if (name.find("_2048_") != std::string_view::npos) return KeyKind::kRsa2048;
  return name.find("_3072_") != std::string_view::npos ? KeyKind::kRsa3072 : KeyKind::kRsa4096;
}

struct VerifyFile {
  const char* name;
  KeyKind kind;
  SignatureAlgorithm algorithm;
};

VerifyFile rsa_file(const char* name, SignatureScheme scheme, HashAlgorithm hash) {
  return {name, rsa_kind(name), {scheme, hash}};
}

class WycheproofVerify : public ::testing::TestWithParam<VerifyFile> {};

TEST_P(WycheproofVerify, EveryCase) {
  const VerifyFile& file = GetParam();
  int valid = 0, invalid = 0, acceptable = 0, unreadable_key = 0, with_context = 0;
  std::string encoded;
  std::optional<PublicKey> key;
  for_each_test(file.name, [&](simdjson::dom::element group, simdjson::dom::element test) {
    const std::string_view result = text(test, "result");
    // The NULL of an AlgorithmIdentifier left out, which some take for valid: ours to choose.
    if (result == "acceptable") {
      ++acceptable;
      return;
    }
    std::string_view spki;
    // Keys of a wrong length have no encoding.
    if (group["publicKeyDer"].get(spki) != simdjson::SUCCESS) spki = {};
    // Reading one of RSA tests its modulus, which takes milliseconds, and a group has one key.
    if (spki != encoded) {
      encoded = spki;
      key = PublicKey::parse(file.kind, hex_decode(spki).value());
    }
    if (!key) {
      // Exponents below 65,537 are not for our keys, whatever the signature.
      const bool is_small = is_rsa(file.kind) && text(group["publicKey"], "publicExponent").size() < 6;
      EXPECT_TRUE(result == "invalid" || is_small);
      ++unreadable_key;
      return;
    }
    // AWS KMS has no way to give a context, so that what was signed with one is not valid.
    std::string_view context;
    const bool has_context = test["ctx"].get(context) == simdjson::SUCCESS && !context.empty();
    if (has_context) ++with_context;
    const bool is_valid = result == "valid" && !has_context;
    ++(is_valid ? valid : invalid);
    EXPECT_EQ(verify(*key, file.algorithm, MessageForm::kRaw, hex(test, "msg"), hex(test, "sig")), is_valid);
  });
  std::cout << file.name << ": " << valid << " valid and " << invalid << " invalid cases run (" << with_context
            << " for their context), " << unreadable_key << " with a key that is refused; left out: " << acceptable
            << " that may be either\n";
}

INSTANTIATE_TEST_SUITE_P(
    Files, WycheproofVerify,
    ::testing::Values(
        rsa_file("rsa_pss_2048_sha256_mgf1_32_test.json", SignatureScheme::kRsaPss, HashAlgorithm::kSha256),
        rsa_file("rsa_pss_2048_sha384_mgf1_48_test.json", SignatureScheme::kRsaPss, HashAlgorithm::kSha384),
        rsa_file("rsa_pss_3072_sha256_mgf1_32_test.json", SignatureScheme::kRsaPss, HashAlgorithm::kSha256),
        rsa_file("rsa_pss_4096_sha256_mgf1_32_test.json", SignatureScheme::kRsaPss, HashAlgorithm::kSha256),
        rsa_file("rsa_pss_4096_sha384_mgf1_48_test.json", SignatureScheme::kRsaPss, HashAlgorithm::kSha384),
        rsa_file("rsa_pss_4096_sha512_mgf1_64_test.json", SignatureScheme::kRsaPss, HashAlgorithm::kSha512),
        rsa_file("rsa_signature_2048_sha256_test.json", SignatureScheme::kRsaPkcs1, HashAlgorithm::kSha256),
        rsa_file("rsa_signature_2048_sha384_test.json", SignatureScheme::kRsaPkcs1, HashAlgorithm::kSha384),
        rsa_file("rsa_signature_2048_sha512_test.json", SignatureScheme::kRsaPkcs1, HashAlgorithm::kSha512),
        rsa_file("rsa_signature_3072_sha256_test.json", SignatureScheme::kRsaPkcs1, HashAlgorithm::kSha256),
        rsa_file("rsa_signature_3072_sha384_test.json", SignatureScheme::kRsaPkcs1, HashAlgorithm::kSha384),
        rsa_file("rsa_signature_3072_sha512_test.json", SignatureScheme::kRsaPkcs1, HashAlgorithm::kSha512),
        rsa_file("rsa_signature_4096_sha256_test.json", SignatureScheme::kRsaPkcs1, HashAlgorithm::kSha256),
        rsa_file("rsa_signature_4096_sha384_test.json", SignatureScheme::kRsaPkcs1, HashAlgorithm::kSha384),
        rsa_file("rsa_signature_4096_sha512_test.json", SignatureScheme::kRsaPkcs1, HashAlgorithm::kSha512),
        VerifyFile{
            "ecdsa_secp256r1_sha256_test.json", KeyKind::kP256, {SignatureScheme::kEcdsa, HashAlgorithm::kSha256}},
        VerifyFile{
            "ecdsa_secp384r1_sha384_test.json", KeyKind::kP384, {SignatureScheme::kEcdsa, HashAlgorithm::kSha384}},
        VerifyFile{
            "ecdsa_secp521r1_sha512_test.json", KeyKind::kP521, {SignatureScheme::kEcdsa, HashAlgorithm::kSha512}},
        VerifyFile{
            "ecdsa_secp256k1_sha256_test.json", KeyKind::kSecp256k1, {SignatureScheme::kEcdsa, HashAlgorithm::kSha256}},
        VerifyFile{"ed25519_test.json", KeyKind::kEd25519, {SignatureScheme::kEd25519}},
        VerifyFile{"mldsa_44_verify_test.json", KeyKind::kMlDsa44, {SignatureScheme::kMlDsa}},
        VerifyFile{"mldsa_65_verify_test.json", KeyKind::kMlDsa65, {SignatureScheme::kMlDsa}},
        VerifyFile{"mldsa_87_verify_test.json", KeyKind::kMlDsa87, {SignatureScheme::kMlDsa}}),
    [](const auto& row) {
      std::string name = row.param.name;
      return name.substr(0, name.find("_test"));
    });

struct OaepFile {
  const char* name;
  OaepHash hash;
  // MGF1 has another hash than the label, which no algorithm of AWS KMS has: nothing of it is valid.
  bool is_mixed = false;
};

class WycheproofOaep : public ::testing::TestWithParam<OaepFile> {};

TEST_P(WycheproofOaep, EveryCase) {
  const auto [name, hash, mixed] = GetParam();
  int valid = 0, invalid = 0, with_label = 0;
  std::string encoded;
  std::optional<PrivateKey> key;
  for_each_test(name, [&, file = std::string_view(name), chosen = hash, is_mixed = mixed](simdjson::dom::element group,
                                                                                          simdjson::dom::element test) {
    // AWS KMS has no labels, so that what was encrypted with one is not valid.
    const bool has_label = !text(test, "label").empty();
    if (has_label) ++with_label;
    // Testing its primes takes long, and a group has one key.
    if (text(group, "privateKeyPkcs8") != encoded) {
      encoded = text(group, "privateKeyPkcs8");
      key = PrivateKey::parse(rsa_kind(file), SecretBytes::copy_of(hex_decode(encoded).value()));
    }
    ASSERT_TRUE(key);
    const auto opened = oaep_decrypt(*key, chosen, hex(test, "ct"));
    if (text(test, "result") == "valid" && !has_label && !is_mixed) {
      ++valid;
      ASSERT_TRUE(opened);
      EXPECT_EQ(to_bytes(insecure_expose(*opened)), hex(test, "msg"));
    } else {
      ++invalid;
      EXPECT_FALSE(opened);
    }
  });
  std::cout << name << ": " << valid << " valid and " << invalid << " invalid cases run (" << with_label
            << " for their label" << (mixed ? ", all for the hash of MGF1" : "") << ")\n";
}

INSTANTIATE_TEST_SUITE_P(Files, WycheproofOaep,
                         ::testing::Values(OaepFile{"rsa_oaep_2048_sha1_mgf1sha1_test.json", OaepHash::kSha1},
                                           OaepFile{"rsa_oaep_2048_sha256_mgf1sha256_test.json", OaepHash::kSha256},
                                           OaepFile{"rsa_oaep_3072_sha256_mgf1sha256_test.json", OaepHash::kSha256},
                                           OaepFile{"rsa_oaep_4096_sha256_mgf1sha256_test.json", OaepHash::kSha256},
                                           OaepFile{"rsa_oaep_2048_sha256_mgf1sha1_test.json", OaepHash::kSha256, true},
                                           OaepFile{"rsa_oaep_3072_sha256_mgf1sha1_test.json", OaepHash::kSha256, true},
                                           OaepFile{"rsa_oaep_4096_sha256_mgf1sha1_test.json", OaepHash::kSha256,
                                                    true}),
                         [](const auto& row) {
                           std::string name = row.param.name;
                           return name.substr(0, name.find("_test"));
                         });

struct CurveFile {
  const char* name;
  KeyKind kind;
  std::size_t bytes;
  const char* pkcs8_head;  // of a private key without its public part, up to the number
};

class WycheproofEcdh : public ::testing::TestWithParam<CurveFile> {};

TEST_P(WycheproofEcdh, EveryCase) {
  const CurveFile& file = GetParam();
  int valid = 0, refused = 0, acceptable = 0;
  for_each_test(file.name, [&](simdjson::dom::element, simdjson::dom::element test) {
    const std::string_view result = text(test, "result");
    // As long as the field, which the files' numbers are not always.
    std::string number(text(test, "private"));
    while (number.size() > 2 * file.bytes) number.erase(0, 2);
    number.insert(0, 2 * file.bytes - number.size(), '0');
    const auto key = PrivateKey::parse_trusted(
        file.kind, SecretBytes::copy_of(hex_decode(std::string(file.pkcs8_head) + number).value()));
    ASSERT_TRUE(key);
    const auto peer = PublicKey::parse(file.kind, hex(test, "public"));
    if (!peer) {
      EXPECT_NE(result, "valid");
      ++refused;
      return;
    }
    // Encodings that are unusual or not quite right may be read, as long as they are read right.
    EXPECT_NE(result, "invalid");
    ++(result == "valid" ? valid : acceptable);
    EXPECT_EQ(to_bytes(insecure_expose(agree(*key, *peer))), hex(test, "shared"));
  });
  std::cout << file.name << ": " << valid << " valid cases run, " << refused << " keys refused, " << acceptable
            << " that may be refused read right\n";
}

INSTANTIATE_TEST_SUITE_P(
    Curves, WycheproofEcdh,
    ::testing::Values(CurveFile{"ecdh_secp256r1_test.json", KeyKind::kP256, 32,
                                "3041020100301306072a8648ce3d020106082a8648ce3d030107042730250201010420"},
                      CurveFile{"ecdh_secp384r1_test.json", KeyKind::kP384, 48,
                                "304e020100301006072a8648ce3d020106052b81040022043730350201010430"},
                      CurveFile{"ecdh_secp521r1_test.json", KeyKind::kP521, 66,
                                "3060020100301006072a8648ce3d020106052b81040023044930470201010442"}),
    [](const auto& row) {
      std::string name = row.param.name;
      return name.substr(0, name.find("_test"));
    });

}  // namespace
}  // namespace claviger::crypto
