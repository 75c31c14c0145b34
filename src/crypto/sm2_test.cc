#include "crypto/sm2.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "base/encoding.h"
#include "base/testing.h"
#include "crypto/key_agreement.h"
#include "crypto/signature.h"

namespace claviger::crypto {
namespace {

// GB/T 32918.5 (GM/T 0003.5), annexes A and C, which share a key.
constexpr std::string_view kScalar = "3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8";
constexpr std::string_view kPoint =
    "09f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020"
    "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13";
constexpr std::string_view kSpkiHead = "3059301306072a8648ce3d020106082a811ccf5501822d03420004";
constexpr std::string_view kSm2Digest = "f0b43e94ba45accaace692ed534382eb17e6ab5a19ce7b31f4486fdfc0d28640";
constexpr std::string_view kSignature =
    "3046022100f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3"
    "022100b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa";
const std::string kX = "022004ebfc718e8d1798620432268e77feb6415e2ede0e073c0f4f640ecd2e149a73";
const std::string kY = "022100e858f9d81e5430a57b36daab8f950a3c64e6ee6a63094d99283aff767e124df0";
const std::string kSm2Hash = "042059983c18f809e262923c53aec295d30383b54e39d609d160afcb1908d0bd8766";
const std::string kMasked = "041321886ca989ca9c7d58087307ca93092d651efa";

// PKCS #8 of that scalar without its public part.
std::optional<PrivateKey> sm2_key(std::string_view scalar) {
  return PrivateKey::parse(
      KeyKind::kSm2,
      SecretBytes::copy_of(
          from_hex("3041020100301306072a8648ce3d020106082a811ccf5501822d042730250201010420" + std::string(scalar))));
}
Bytes sequence(const std::string& content) {
  const Bytes size{static_cast<std::uint8_t>(content.size() / 2)};
  return from_hex("30" + hex_encode(size) + content);
}

class Sm2 : public ::testing::Test {
 protected:
  const PrivateKey key = sm2_key(kScalar).value();
  const PublicKey public_key = key.public_key();
  const SignatureAlgorithm algorithm{SignatureScheme::kSm2};
};

TEST_F(Sm2, ThePublicKeyIsTheStandards) {
  EXPECT_EQ(hex_encode(public_key.spki()), std::string(kSpkiHead) + std::string(kPoint));
}

// The order less one is no private key (GB/T 32918.1, section 6.1): a signature divides by the key plus one.
TEST_F(Sm2, AScalarOutsideItsRangeIsRefused) {
  EXPECT_FALSE(sm2_key(std::string(64, '0')));
  EXPECT_FALSE(sm2_key(std::string(64, 'f')));
  EXPECT_FALSE(sm2_key("fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123"));
  EXPECT_FALSE(sm2_key("fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54122"));
  EXPECT_TRUE(sm2_key("fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54121"));
}

TEST_F(Sm2, VerifiesTheSignatureOfTheStandard) {
  const Bytes signature = from_hex(kSignature);
  EXPECT_TRUE(verify(public_key, algorithm, MessageForm::kRaw, as_bytes("message digest"), signature));
  EXPECT_TRUE(verify(public_key, algorithm, MessageForm::kDigest, from_hex(kSm2Digest), signature));
  EXPECT_FALSE(verify(public_key, algorithm, MessageForm::kRaw, as_bytes("message digest."), signature));
  EXPECT_FALSE(verify(public_key, algorithm, MessageForm::kRaw, from_hex(kSm2Digest), signature));
}

TEST_F(Sm2, ADigestStandsForItsMessageAndItsSigner) {
  const Bytes of_message = sign(key, algorithm, MessageForm::kRaw, as_bytes("message digest"));
  const Bytes of_digest = sign(key, algorithm, MessageForm::kDigest, from_hex(kSm2Digest));
  EXPECT_TRUE(verify(public_key, algorithm, MessageForm::kDigest, from_hex(kSm2Digest), of_message));
  EXPECT_TRUE(verify(public_key, algorithm, MessageForm::kRaw, as_bytes("message digest"), of_digest));
  EXPECT_NE(of_message, sign(key, algorithm, MessageForm::kRaw, as_bytes("message digest")));
}

// The ends of their ranges, and numbers that are shorter than most.
TEST_F(Sm2, EveryKeySignsEveryDigest) {
  const std::string zeros(64, '0');
  for (const std::string& scalar :
       {zeros.substr(1) + "1", zeros.substr(48) + std::string(kScalar).substr(16), std::string(kScalar),
        std::string("fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54121")}) {
    const PrivateKey one = sm2_key(scalar).value();
    for (const std::string& digest :
         {zeros, std::string(64, 'f'), zeros.substr(16) + std::string(16, 'f'),
          // The order, which is the digest zero.
          std::string("fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123")}) {
      const Bytes signature = sign(one, algorithm, MessageForm::kDigest, from_hex(digest));
      EXPECT_TRUE(verify(one.public_key(), algorithm, MessageForm::kDigest, from_hex(digest), signature))
          << scalar << " " << digest;
      EXPECT_FALSE(verify(one.public_key(), algorithm, MessageForm::kDigest, from_hex(kSm2Digest), signature));
    }
    const Bytes of_message = sign(one, algorithm, MessageForm::kRaw, {});
    EXPECT_TRUE(verify(one.public_key(), algorithm, MessageForm::kRaw, {}, of_message)) << scalar;
  }
}

TEST_F(Sm2, AgreementWithTheKeyOneGivesThePeersCoordinate) {
  EXPECT_EQ(hex_encode(exposed(agree(sm2_key(std::string(63, '0') + "1").value(), public_key))), kPoint.substr(0, 64));
}

TEST_F(Sm2, OpensTheCiphertextOfTheStandard) {
  const Bytes ciphertext = sequence(kX + kY + kSm2Hash + kMasked);
  EXPECT_EQ(sm2_plaintext_bytes(ciphertext), 19U);
  const auto opened = sm2_decrypt(key, ciphertext);
  ASSERT_TRUE(opened);
  EXPECT_EQ(exposed(*opened), to_bytes(as_bytes("encryption standard")));
  EXPECT_FALSE(sm2_decrypt(PrivateKey::generate(KeyKind::kSm2), ciphertext));
}

TEST_F(Sm2, OpensWhatWasMadeForTheKey) {
  for (const std::size_t size :
       {std::size_t{1}, std::size_t{2}, std::size_t{32}, std::size_t{1024}, std::size_t{4096}}) {
    const Bytes plaintext(size, 0x5a);
    Bytes ciphertext = sm2_encrypt(public_key, SecretBytes::copy_of(plaintext));
    EXPECT_EQ(sm2_plaintext_bytes(ciphertext), size);
    const auto opened = sm2_decrypt(key, ciphertext);
    ASSERT_TRUE(opened) << size;
    EXPECT_EQ(exposed(*opened), plaintext);
    EXPECT_NE(sm2_encrypt(public_key, SecretBytes::copy_of(plaintext)), ciphertext);
    ciphertext.back() ^= 1;
    EXPECT_FALSE(sm2_decrypt(key, ciphertext)) << size;
  }
}

TEST_F(Sm2, ACiphertextWithAnyBitChangedOrCutIsRefused) {
  const Bytes good = sequence(kX + kY + kSm2Hash + kMasked);
  for (std::size_t bit = 0; bit < 8 * good.size(); ++bit) {
    Bytes changed = good;
    changed[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    EXPECT_FALSE(sm2_decrypt(key, changed)) << bit;
  }
  for (std::size_t size = 0; size < good.size(); ++size) {
    EXPECT_FALSE(sm2_decrypt(key, ByteSpan(good).first(size))) << size;
  }
}

TEST_F(Sm2, ACiphertextHasOneEncoding) {
  const struct {
    const char* what;
    Bytes ciphertext;
  } rows[] = {
      {"something behind it", from_hex(hex_encode(sequence(kX + kY + kSm2Hash + kMasked)) + "00")},
      {"something behind it inside", sequence(kX + kY + kSm2Hash + kMasked + "0500")},
      {"no plaintext", sequence(kX + kY + kSm2Hash + "0400")},
      {"nothing for a plaintext", sequence(kX + kY + kSm2Hash)},
      {"a short hash", sequence(kX + kY + "041f" + kSm2Hash.substr(4, 62) + kMasked)},
      {"a coordinate with a zero before it", sequence("022100" + kX.substr(4) + kY + kSm2Hash + kMasked)},
      {"a negative coordinate", sequence(kX + "0220" + kY.substr(6) + kSm2Hash + kMasked)},
      {"an empty coordinate", sequence(kX + "0200" + kSm2Hash + kMasked)},
      {"the plaintext before the hash", sequence(kX + kY + kMasked + kSm2Hash)},
      {"a length in more bytes than it needs",
       sequence(kX + kY + kSm2Hash + "04811321886ca989ca9c7d58087307ca93092d651efa")},
      {"a length of no bytes", from_hex("3080" + kX + kY + kSm2Hash + kMasked + "0000")},
      {"a set", from_hex("31" + hex_encode(sequence(kX + kY + kSm2Hash + kMasked)).substr(2))},
  };
  for (const auto& [what, ciphertext] : rows) {
    EXPECT_FALSE(sm2_plaintext_bytes(ciphertext)) << what;
    EXPECT_FALSE(sm2_decrypt(key, ciphertext)) << what;
  }
}

TEST_F(Sm2, APointBesideTheCurveIsRefused) {
  const Bytes ciphertext = sequence(kY + kX + kSm2Hash + kMasked);
  ASSERT_TRUE(sm2_plaintext_bytes(ciphertext));
  EXPECT_FALSE(sm2_decrypt(key, ciphertext));
}

// The two points of x = 0 are on the curve, and fit in what a number of 32 bytes can say twice.
TEST_F(Sm2, ACoordinateIsLessThanThePrime) {
  const std::string rest =
      "022100fd4511e81736a60f07e88a83d6cf5a167fae6d1a9c9330e76e232e00f5cdc154"
      "0420f9a2a2665d1e6929cb1c17e8e8d55e43f34657673016c5422350022dec1c9a9b0405311b69eef9";
  const auto opened = sm2_decrypt(key, sequence("020100" + rest));
  ASSERT_TRUE(opened);
  EXPECT_EQ(exposed(*opened), to_bytes(as_bytes("alias")));
  EXPECT_FALSE(
      sm2_decrypt(key, sequence("022100fffffffeffffffffffffffffffffffffffffffff00000000ffffffffffffffff" + rest)));
}

// Made so that the key derivation function yields zeros, which the standard has both sides refuse: the plaintext would
// stand in the ciphertext.
TEST_F(Sm2, AMaskOfZerosIsRefused) {
  EXPECT_FALSE(sm2_decrypt(key, from_hex("3069022017a8dbf0e9d5ce427a04c8800bef14de5e22e24c5cee027d8f71fe0bf8a909b1"
                                         "02200bc9ed977244bf069fa0e9163a353597134cf54a2747957945678515b49265e8"
                                         "0420e535be33d5c94ac891d09fcf2aa5ccc88e6976b1af07aff25112643e45f08740"
                                         "04016d")));
  const Bytes plaintext{'m'};
  for (int i = 0; i < 1000; ++i) {
    ASSERT_NE(sm2_encrypt(public_key, SecretBytes::copy_of(plaintext)).back(), 'm') << "of 256 masks one is zero";
  }
}

// Of the standard's two key pairs (annexes A and B); the secret was computed by tests/conformance/sm2.py.
TEST_F(Sm2, AgreesOnTheCoordinateOfTheSharedPoint) {
  const auto peer =
      PublicKey::parse(KeyKind::kSm2, from_hex(std::string(kSpkiHead) +
                                               "6ae848c57c53c7b1b5fa99eb2286af078ba64c64591b8b566f7357d576f16dfb"
                                               "ee489d771621a27b36c5c7992062e9cd09a9264386f3fbea54dff69305621c4d"));
  ASSERT_TRUE(peer);
  EXPECT_EQ(hex_encode(exposed(agree(key, *peer))), "217fcd6b00e7c5b7b6daad9c8c188df0557af0c93801fa788c6be24fd94562a9");
  const auto other = sm2_key("785129917d45a9ea5437a59356b82338eaadda6ceb199088f14ae10defa229b5");
  ASSERT_TRUE(other);
  EXPECT_EQ(other->public_key().spki(), peer->spki());
  EXPECT_EQ(exposed(agree(*other, public_key)), exposed(agree(key, *peer)));
}

}  // namespace
}  // namespace claviger::crypto
