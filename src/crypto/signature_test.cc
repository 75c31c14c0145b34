#include "crypto/signature.h"

#include <gtest/gtest.h>

#include <string>

#include "base/encoding.h"
#include "base/testing.h"
#include "crypto/digest.h"

namespace claviger::crypto {
namespace {

using enum SignatureScheme;
using enum MessageForm;

struct Way {
  KeyKind kind;
  SignatureAlgorithm algorithm;
};
const Way kWays[] = {
    {KeyKind::kRsa2048, {kRsaPss, HashAlgorithm::kSha256}},
    {KeyKind::kRsa2048, {kRsaPss, HashAlgorithm::kSha384}},
    {KeyKind::kRsa2048, {kRsaPss, HashAlgorithm::kSha512}},
    {KeyKind::kRsa2048, {kRsaPkcs1, HashAlgorithm::kSha256}},
    {KeyKind::kRsa2048, {kRsaPkcs1, HashAlgorithm::kSha384}},
    {KeyKind::kRsa2048, {kRsaPkcs1, HashAlgorithm::kSha512}},
    {KeyKind::kP256, {kEcdsa, HashAlgorithm::kSha256}},
    {KeyKind::kP384, {kEcdsa, HashAlgorithm::kSha384}},
    {KeyKind::kP521, {kEcdsa, HashAlgorithm::kSha512}},
    {KeyKind::kSecp256k1, {kEcdsa, HashAlgorithm::kSha256}},
    {KeyKind::kEd25519, {kEd25519}},
    {KeyKind::kEd25519, {kEd25519Ph}},
    {KeyKind::kMlDsa44, {kMlDsa}},
    {KeyKind::kMlDsa65, {kMlDsa}},
    {KeyKind::kMlDsa87, {kMlDsa}},
    {KeyKind::kSm2, {kSm2}},
};

TEST(Signature, VerifiesForItsMessageAndKeyAlone) {
  const Bytes message = to_bytes(as_bytes("a message of some length"));
  Bytes other = message;
  other[3] ^= 1;
  for (const Way& way : kWays) {
    SCOPED_TRACE(static_cast<int>(way.kind) * 100 + static_cast<int>(way.algorithm.scheme));
    const PrivateKey key = PrivateKey::generate(way.kind);
    const PublicKey public_key = key.public_key();
    const Bytes signature = sign(key, way.algorithm, kRaw, message);
    EXPECT_TRUE(verify(public_key, way.algorithm, kRaw, message, signature));
    EXPECT_FALSE(verify(public_key, way.algorithm, kRaw, other, signature));
    EXPECT_FALSE(verify(public_key, way.algorithm, kRaw, {}, signature));
    EXPECT_FALSE(verify(public_key, way.algorithm, kRaw, message, {}));
    EXPECT_FALSE(verify(PrivateKey::generate(way.kind).public_key(), way.algorithm, kRaw, message, signature));
    for (const std::size_t at : {std::size_t{0}, signature.size() / 2, signature.size() - 1}) {
      Bytes changed = signature;
      changed[at] ^= 1;
      EXPECT_FALSE(verify(public_key, way.algorithm, kRaw, message, changed)) << at;
    }
    Bytes longer = signature;
    longer.push_back(0);
    EXPECT_FALSE(verify(public_key, way.algorithm, kRaw, message, longer));
    EXPECT_FALSE(verify(public_key, way.algorithm, kRaw, message, ByteSpan(signature).first(signature.size() - 1)));
  }
}

TEST(Signature, ADigestStandsForItsMessage) {
  const Bytes message = to_bytes(as_bytes("sample"));
  Sha256 hash;
  hash.update(message);
  const Digest256 digest = hash.finish();
  for (const Way& way : {Way{KeyKind::kRsa2048, {kRsaPss, HashAlgorithm::kSha256}},
                         Way{KeyKind::kRsa2048, {kRsaPkcs1, HashAlgorithm::kSha256}},
                         Way{KeyKind::kP256, {kEcdsa, HashAlgorithm::kSha256}}}) {
    const PrivateKey key = PrivateKey::generate(way.kind);
    EXPECT_TRUE(verify(key.public_key(), way.algorithm, kRaw, message, sign(key, way.algorithm, kDigest, digest)));
    EXPECT_TRUE(verify(key.public_key(), way.algorithm, kDigest, digest, sign(key, way.algorithm, kRaw, message)));
    EXPECT_FALSE(verify(key.public_key(), way.algorithm, kRaw, digest, sign(key, way.algorithm, kRaw, message)));
  }
}

TEST(Signature, OneRsaSchemeIsNotTheOther) {
  const PrivateKey key = PrivateKey::generate(KeyKind::kRsa2048);
  const Bytes message(100, 7);
  const SignatureAlgorithm pss{kRsaPss, HashAlgorithm::kSha256}, pkcs1{kRsaPkcs1, HashAlgorithm::kSha256};
  EXPECT_FALSE(verify(key.public_key(), pkcs1, kRaw, message, sign(key, pss, kRaw, message)));
  EXPECT_FALSE(verify(key.public_key(), pss, kRaw, message, sign(key, pkcs1, kRaw, message)));
  EXPECT_EQ(sign(key, pkcs1, kRaw, message), sign(key, pkcs1, kRaw, message));
  EXPECT_NE(sign(key, pss, kRaw, message), sign(key, pss, kRaw, message)) << "the salt is random";
}

// RFC 6979 appendix A.2.5, SHA-256, message "sample".
TEST(Signature, VerifiesTheEcdsaExampleOfRfc6979) {
  const auto key =
      PublicKey::parse(KeyKind::kP256, hex_decode("3059301306072a8648ce3d020106082a8648ce3d03010703420004"
                                                  "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
                                                  "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299")
                                           .value());
  ASSERT_TRUE(key);
  const Bytes signature = hex_decode(
                              "3046022100efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"
                              "022100f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8")
                              .value();
  EXPECT_TRUE(verify(*key, {kEcdsa, HashAlgorithm::kSha256}, kRaw, as_bytes("sample"), signature));
  EXPECT_FALSE(verify(*key, {kEcdsa, HashAlgorithm::kSha256}, kRaw, as_bytes("test"), signature));
}

// RFC 8032 sections 7.1 (test 2) and 7.3.
TEST(Signature, MakesTheEd25519SignaturesOfRfc8032) {
  const auto private_key = [](const std::string& seed) {
    return PrivateKey::parse(KeyKind::kEd25519,
                             SecretBytes::copy_of(hex_decode("302e020100300506032b657004220420" + seed).value()));
  };
  const auto plain = private_key("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb");
  ASSERT_TRUE(plain);
  EXPECT_EQ(hex_encode(sign(*plain, {kEd25519}, kRaw, hex_decode("72").value())),
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
            "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00");
  const auto prehashed = private_key("833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42");
  ASSERT_TRUE(prehashed);
  EXPECT_EQ(hex_encode(sign(*prehashed, {kEd25519Ph}, kRaw, as_bytes("abc"))),
            "98a70222f0b8121aa9d30f813d683f809e462b469c7ff87639499bb94e6dae41"
            "31f85042463c2a355a2003d062adf5aaa10b8c61e636062aaad11c2a26083406");
}

TEST(Signature, AMuStandsForItsMlDsaMessage) {
  for (const KeyKind kind : {KeyKind::kMlDsa44, KeyKind::kMlDsa65, KeyKind::kMlDsa87}) {
    const PrivateKey key = PrivateKey::generate(kind);
    const Bytes mu(kMlDsaMuBytes, 9);
    const Bytes signature = sign(key, {kMlDsa}, kMu, mu);
    EXPECT_EQ(signature.size(), kind == KeyKind::kMlDsa44 ? 2420U : kind == KeyKind::kMlDsa65 ? 3309U : 4627U);
    EXPECT_TRUE(verify(key.public_key(), {kMlDsa}, kMu, mu, signature));
    EXPECT_FALSE(verify(key.public_key(), {kMlDsa}, kRaw, mu, signature)) << "the bytes are no message";
    EXPECT_NE(sign(key, {kMlDsa}, kMu, mu), signature) << "hedged";
  }
}

TEST(Signature, SchemesAreForTheirKindsAndForms) {
  const SignatureAlgorithm ecdsa{kEcdsa, HashAlgorithm::kSha256}, pss{kRsaPss, HashAlgorithm::kSha256};
  EXPECT_TRUE(can_sign(KeyKind::kP256, ecdsa, kDigest));
  EXPECT_FALSE(can_sign(KeyKind::kP256, ecdsa, kMu));
  EXPECT_FALSE(can_sign(KeyKind::kP256, pss, kRaw));
  EXPECT_FALSE(can_sign(KeyKind::kRsa2048, ecdsa, kRaw));
  EXPECT_FALSE(can_sign(KeyKind::kEd25519, ecdsa, kRaw));
  EXPECT_FALSE(can_sign(KeyKind::kEd25519, {kEd25519}, kDigest));
  EXPECT_FALSE(can_sign(KeyKind::kEd25519, {kEd25519Ph}, kDigest));
  EXPECT_FALSE(can_sign(KeyKind::kMlDsa44, {kEd25519}, kRaw));
  EXPECT_FALSE(can_sign(KeyKind::kMlDsa44, {kMlDsa}, kDigest));
  EXPECT_TRUE(can_sign(KeyKind::kMlDsa44, {kMlDsa}, kMu));
  EXPECT_TRUE(can_sign(KeyKind::kSm2, {kSm2}, kDigest));
  EXPECT_FALSE(can_sign(KeyKind::kSm2, {kSm2}, kMu));
  EXPECT_FALSE(can_sign(KeyKind::kSm2, ecdsa, kRaw));
  EXPECT_FALSE(can_sign(KeyKind::kP256, {kSm2}, kRaw));
}

}  // namespace
}  // namespace claviger::crypto
