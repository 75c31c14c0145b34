#include "crypto/asymmetric_key.h"

#include <gtest/gtest.h>

#include <numeric>
#include <string>
#include <vector>

#include "base/encoding.h"
#include "base/testing.h"

namespace claviger::crypto {
namespace {

SecretBytes secret(std::string_view hex) { return SecretBytes::copy_of(hex_decode(hex).value()); }

constexpr KeyKind kQuickKinds[] = {KeyKind::kRsa2048,   KeyKind::kP256,    KeyKind::kP384,    KeyKind::kP521,
                                   KeyKind::kSecp256k1, KeyKind::kEd25519, KeyKind::kMlDsa44, KeyKind::kMlDsa65,
                                   KeyKind::kMlDsa87,   KeyKind::kSm2};

TEST(AsymmetricKey, WhatIsWrittenIsReadAgain) {
  for (const KeyKind kind : kQuickKinds) {
    SCOPED_TRACE(static_cast<int>(kind));
    const PrivateKey key = PrivateKey::generate(kind);
    const SecretBytes written = key.pkcs8();
    EXPECT_LE(written.size(), kMaxKeyEncodingBytes);
    const auto read = PrivateKey::parse(kind, written);
    ASSERT_TRUE(read);
    EXPECT_EQ(exposed(read->pkcs8()), exposed(written));
    const Bytes spki = key.public_key().spki();
    EXPECT_EQ(read->public_key().spki(), spki);
    const auto trusted = PrivateKey::parse_trusted(kind, written);
    ASSERT_TRUE(trusted);
    EXPECT_EQ(trusted->public_key().spki(), spki);
    const auto public_key = PublicKey::parse(kind, spki);
    ASSERT_TRUE(public_key);
    EXPECT_EQ(public_key->spki(), spki);
    EXPECT_EQ(public_key->kind(), kind);
    const auto trusted_public_key = PublicKey::parse_trusted(kind, spki);
    ASSERT_TRUE(trusted_public_key);
    EXPECT_EQ(trusted_public_key->spki(), spki);
    EXPECT_EQ(trusted_public_key->kind(), kind);
  }
}

TEST(AsymmetricKey, LargeRsaKeysHaveTheirSize) {
  for (const auto& [kind, spki_bytes] : {std::pair{KeyKind::kRsa3072, 422U}, std::pair{KeyKind::kRsa4096, 550U}}) {
    EXPECT_EQ(PrivateKey::generate(kind).public_key().spki().size(), spki_bytes);
  }
}

TEST(AsymmetricKey, NoKindIsTakenForAnother) {
  for (const KeyKind kind : kQuickKinds) {
    const PrivateKey key = PrivateKey::generate(kind);
    const SecretBytes pkcs8 = key.pkcs8();
    const Bytes spki = key.public_key().spki();
    for (const KeyKind other : kQuickKinds) {
      if (other == kind) continue;
      EXPECT_FALSE(PrivateKey::parse(other, pkcs8)) << static_cast<int>(kind) << " as " << static_cast<int>(other);
      EXPECT_FALSE(PrivateKey::parse_trusted(other, pkcs8));
      EXPECT_FALSE(PublicKey::parse(other, spki));
      EXPECT_FALSE(PublicKey::parse_trusted(other, spki));
    }
    EXPECT_FALSE(PublicKey::parse(KeyKind::kRsa4096, spki));
    EXPECT_FALSE(PublicKey::parse_trusted(KeyKind::kRsa4096, spki));
  }
}

TEST(AsymmetricKey, NothingMayStandBehindAKeyOrBeMissing) {
  for (const KeyKind kind : kQuickKinds) {
    const PrivateKey key = PrivateKey::generate(kind);
    Bytes spki = key.public_key().spki();
    EXPECT_FALSE(PublicKey::parse(kind, ByteSpan(spki).first(spki.size() - 1)));
    EXPECT_FALSE(PublicKey::parse_trusted(kind, ByteSpan(spki).first(spki.size() - 1)));
    EXPECT_FALSE(PublicKey::parse(kind, {}));
    EXPECT_FALSE(PublicKey::parse_trusted(kind, {}));
    spki.push_back(0);
    EXPECT_FALSE(PublicKey::parse(kind, spki));
    EXPECT_FALSE(PublicKey::parse_trusted(kind, spki));
    SecretBytes pkcs8 = key.pkcs8();
    pkcs8.append(Bytes{0});
    EXPECT_FALSE(PrivateKey::parse(kind, pkcs8));
    pkcs8.resize(pkcs8.size() - 2);
    EXPECT_FALSE(PrivateKey::parse(kind, pkcs8));
    EXPECT_FALSE(PrivateKey::parse(kind, SecretBytes()));
    EXPECT_FALSE(PrivateKey::parse(kind, SecretBytes(kMaxKeyEncodingBytes + 1)));
  }
}

// A P-256 key of RFC 6979 appendix A.2.5, as PKCS #8 without its public part.
constexpr std::string_view kP256WithoutPublic =
    "3041020100301306072a8648ce3d020106082a8648ce3d030107042730250201010420"
    "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721";
constexpr std::string_view kP256Point =
    "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
    "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299";
constexpr std::string_view kP256SpkiHead = "3059301306072a8648ce3d020106082a8648ce3d030107034200";

TEST(AsymmetricKey, ThePublicPartMayBeLeftOutButNotBeAnothers) {
  const auto key = PrivateKey::parse(KeyKind::kP256, secret(kP256WithoutPublic));
  ASSERT_TRUE(key);
  EXPECT_EQ(hex_encode(key->public_key().spki()), std::string(kP256SpkiHead) + "04" + std::string(kP256Point));
  const PrivateKey left = PrivateKey::generate(KeyKind::kP256), right = PrivateKey::generate(KeyKind::kP256);
  const auto point = [](const PrivateKey& of) {
    const std::string spki = hex_encode(of.public_key().spki());
    return spki.substr(spki.size() - kP256Point.size());
  };
  std::string mixed = hex_encode(exposed(left.pkcs8()));
  const std::size_t at = mixed.find(point(left));
  ASSERT_NE(at, std::string::npos);
  mixed.replace(at, kP256Point.size(), point(right));
  EXPECT_FALSE(PrivateKey::parse(KeyKind::kP256, secret(mixed)));
}

TEST(AsymmetricKey, ACompressedPointIsReadAndWrittenWhole) {
  const std::string x(kP256Point.substr(0, 64));
  // The y-coordinate is odd.
  const auto key = PublicKey::parse(
      KeyKind::kP256,
      hex_decode("3039301306072a8648ce3d020106082a8648ce3d030107032200" + std::string("03") + x).value());
  ASSERT_TRUE(key);
  EXPECT_EQ(hex_encode(key->spki()), std::string(kP256SpkiHead) + "04" + std::string(kP256Point));
}

TEST(AsymmetricKey, APointBesideTheCurveIsRefused) {
  std::string point = "04" + std::string(kP256Point);
  point.back() = point.back() == '9' ? '8' : '9';
  EXPECT_FALSE(PublicKey::parse(KeyKind::kP256, hex_decode(std::string(kP256SpkiHead) + point).value()));
  // Infinity.
  EXPECT_FALSE(PublicKey::parse(KeyKind::kP256, hex_decode("3019301306072a8648ce3d020106082a8648ce3d030107030200"
                                                           "00")
                                                    .value()));
}

TEST(AsymmetricKey, AnRsaKeyWithAChangedNumberIsRefused) {
  const SecretBytes pkcs8 = PrivateKey::generate(KeyKind::kRsa2048).pkcs8();
  const Bytes good = exposed(pkcs8);
  // Inside the modulus, the private exponent, a prime, and the coefficient at the end.
  for (const std::size_t at : {std::size_t{100}, std::size_t{400}, std::size_t{700}, good.size() - 20}) {
    Bytes changed = good;
    changed[at] ^= 2;
    EXPECT_FALSE(PrivateKey::parse(KeyKind::kRsa2048, SecretBytes::copy_of(changed))) << at;
  }
}

TEST(AsymmetricKey, AModulusWithASmallFactorIsRefusedUnlessWeWroteIt) {
  Bytes spki = PrivateKey::generate(KeyKind::kRsa2048).public_key().spki();
  // The modulus ends in front of the exponent. 256 is 1 modulo 3, so a number is divisible by 3 if the sum of its bytes
  // is.
  const std::size_t end = spki.size() - 5;
  const auto sum = [&] {
    return std::accumulate(spki.begin() + static_cast<long>(end) - 256, spki.begin() + static_cast<long>(end), 0U);
  };
  while (sum() % 3 != 0) spki[end - 1] = static_cast<std::uint8_t>(spki[end - 1] + 2);
  EXPECT_FALSE(PublicKey::parse(KeyKind::kRsa2048, spki));
  EXPECT_TRUE(PublicKey::parse_trusted(KeyKind::kRsa2048, spki));
}

// A P-256 key in PKCS #8 with `inner` in place of its ECPrivateKey.
std::string pkcs8_around(const std::string& inner) {
  const auto tlv = [](const char* tag, const std::string& content) {
    Bytes size{static_cast<std::uint8_t>(content.size() / 2)};
    return tag + hex_encode(size) + content;
  };
  return tlv("30", "020100" + std::string("301306072a8648ce3d020106082a8648ce3d030107") + tlv("04", inner));
}
constexpr std::string_view kP256Scalar = "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721";

TEST(AsymmetricKey, NothingMayFollowTheKeyNorStandBesideItInside) {
  const std::string key = "30250201010420" + std::string(kP256Scalar);
  EXPECT_TRUE(PrivateKey::parse(KeyKind::kP256, secret(pkcs8_around(key))));
  EXPECT_FALSE(PrivateKey::parse(KeyKind::kP256, secret(pkcs8_around(key) + "00")));
  EXPECT_FALSE(PrivateKey::parse(KeyKind::kP256, secret(pkcs8_around(key + "00"))));
  EXPECT_FALSE(PrivateKey::parse(KeyKind::kP256, secret(pkcs8_around(key + "0500"))));
  EXPECT_FALSE(PrivateKey::parse(KeyKind::kP256, secret(pkcs8_around(""))));
}

TEST(AsymmetricKey, BerIsReadLikeDer) {
  // Every length of indefinite form, or in more bytes than it needs.
  const auto key = PrivateKey::parse(KeyKind::kP256, secret("3080"
                                                            "02820001"
                                                            "00"
                                                            "3080"
                                                            "06072a8648ce3d0201"
                                                            "06082a8648ce3d030107"
                                                            "0000"
                                                            "0481"
                                                            "29"
                                                            "3080"
                                                            "020101"
                                                            "0420" +
                                                            std::string(kP256Scalar) +
                                                            "0000"
                                                            "0000"));
  ASSERT_TRUE(key);
  EXPECT_EQ(hex_encode(key->public_key().spki()), std::string(kP256SpkiHead) + "04" + std::string(kP256Point));
}

TEST(AsymmetricKey, AScalarOutsideTheGroupIsRefused) {
  const auto with = [](const std::string& scalar) {
    return PrivateKey::parse(KeyKind::kP256, secret(pkcs8_around("30250201010420" + scalar))).has_value();
  };
  EXPECT_FALSE(with(std::string(64, '0')));
  EXPECT_FALSE(with(std::string(64, 'f')));
  // The order itself; one less is the last that there is.
  EXPECT_FALSE(with("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"));
  EXPECT_TRUE(with("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632550"));
}

}  // namespace
}  // namespace claviger::crypto
