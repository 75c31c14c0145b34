#include "crypto/ed25519.h"

#include <gtest/gtest.h>

#include "base/encoding.h"

namespace claviger::crypto {
namespace {

struct SignatureRow {
  const char* name;
  std::string_view seed, public_key, message, signature;
};

// RFC 8032 section 7.1.
constexpr SignatureRow kSignatureRows[] = {
    {"test 1", "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
     "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe"
     "24655141438e7a100b"},
    {"test 2", "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
     "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302ae"
     "eb00d291612bb0c00"},
};

TEST(Ed25519, MatchesRfc8032) {
  for (const SignatureRow& row : kSignatureRows) {
    const Bytes seed = hex_decode(row.seed).value(), message = hex_decode(row.message).value();
    const Ed25519PublicKey public_key = ed25519_public_key(Ed25519Seed(seed));
    EXPECT_EQ(hex_encode(public_key), row.public_key) << row.name;
    const Ed25519Signature signature = ed25519_sign(Ed25519Seed(seed), message);
    EXPECT_EQ(hex_encode(signature), row.signature) << row.name;
    EXPECT_TRUE(ed25519_verify(public_key, message, signature)) << row.name;
  }
}

TEST(Ed25519, RefusesEveryOtherSignatureMessageAndKey) {
  const Bytes seed = hex_decode(kSignatureRows[1].seed).value(), message(1, 0x72);
  const Ed25519PublicKey public_key = ed25519_public_key(Ed25519Seed(seed));
  const Ed25519Signature signature = ed25519_sign(Ed25519Seed(seed), message);
  for (std::size_t bit = 0; bit < signature.size() * 8; ++bit) {
    Ed25519Signature changed = signature;
    changed[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    EXPECT_FALSE(ed25519_verify(public_key, message, changed)) << bit;
  }
  EXPECT_FALSE(ed25519_verify(public_key, as_bytes("s"), signature));
  EXPECT_FALSE(ed25519_verify(public_key, {}, signature));
  EXPECT_FALSE(ed25519_verify(public_key, message, ByteSpan(signature).first(63)));
  EXPECT_FALSE(ed25519_verify(public_key, message, {}));
  EXPECT_FALSE(ed25519_verify(ByteSpan(public_key).first(31), message, signature));
  EXPECT_FALSE(ed25519_verify({}, message, signature));
  const Bytes other = hex_decode(kSignatureRows[0].public_key).value();
  EXPECT_FALSE(ed25519_verify(other, message, signature));
}

}  // namespace
}  // namespace claviger::crypto
