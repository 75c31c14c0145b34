#include "crypto/key_agreement.h"

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "base/testing.h"

namespace claviger::crypto {
namespace {

TEST(KeyAgreement, BothSidesGetTheSame) {
  for (const auto& [kind, size] : {std::pair{KeyKind::kP256, 32U}, std::pair{KeyKind::kP384, 48U},
                                   std::pair{KeyKind::kP521, 66U}, std::pair{KeyKind::kSm2, 32U}}) {
    const PrivateKey left = PrivateKey::generate(kind), right = PrivateKey::generate(kind);
    const Bytes shared = exposed(agree(left, right.public_key()));
    EXPECT_EQ(shared.size(), size);
    EXPECT_EQ(exposed(agree(right, left.public_key())), shared);
    EXPECT_NE(exposed(agree(left, left.public_key())), shared);
  }
}

// RFC 5903 section 8.1.
TEST(KeyAgreement, AgreesOnTheSecretOfRfc5903) {
  const auto key = PrivateKey::parse(
      KeyKind::kP256,
      SecretBytes::copy_of(hex_decode("3041020100301306072a8648ce3d020106082a8648ce3d030107042730250201010420"
                                      "c88f01f510d9ac3f70a292daa2316de544e9aab8afe84049c62a9c57862d1433")
                               .value()));
  const auto peer =
      PublicKey::parse(KeyKind::kP256, hex_decode("3059301306072a8648ce3d020106082a8648ce3d03010703420004"
                                                  "d12dfb5289c8d4f81208b70270398c342296970a0bccb74c736fc7554494bf63"
                                                  "56fbf3ca366cc23e8157854c13c58d6aac23f046ada30f8353e74f33039872ab")
                                           .value());
  ASSERT_TRUE(key && peer);
  EXPECT_EQ(hex_encode(exposed(agree(*key, *peer))),
            "d6840f6b42f6edafd13116e0e12565202fef8e9ece7dce03812464d04b9442de");
}

}  // namespace
}  // namespace claviger::crypto
