#include "hsm/key_token.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "crypto/random.h"
#include "hsm/test_support.h"

namespace claviger::hsm {
namespace {

class KeyTokenTest : public ::testing::Test {
 protected:
  Bytes wrap(const KeyBinding& binding) {
    return wrap_backing_key(keyring, gcm, random, aad, binding, material, backing_key);
  }
  // All zeros when the token does not open, as the contract says.
  bool opens(const KeyBinding& binding, const MaterialId& with_material, ByteSpan token) {
    opened.fill(0xee);
    const bool ok = open_token(keyring, gcm, aad, binding, with_material, token, opened);
    if (!ok) {
      EXPECT_EQ(std::ranges::count(opened, 0), 32);
    }
    return ok;
  }

  CountingRandom random;
  Keyring keyring = Keyring::create_in_memory(random);
  crypto::Aes256Gcm gcm;
  Bytes aad;
  Bytes backing_key = Bytes(32, 0xb0);
  MaterialId material{1, 2, 3};
  std::array<std::uint8_t, 32> opened{};
};

TEST_F(KeyTokenTest, OpensToTheKeyThatWasWrapped) {
  const Bytes token = wrap(example_binding());
  ASSERT_EQ(token.size(), kTokenOverhead + 32);
  ASSERT_TRUE(opens(example_binding(), material, token));
  EXPECT_TRUE(std::ranges::equal(opened, backing_key));
}

TEST_F(KeyTokenTest, OpensToABackingKeyOfAnyLengthAndThatLengthAlone) {
  for (const std::size_t size : {std::size_t{1}, std::size_t{28}, std::size_t{128}, kMaxBackingKeyBytes}) {
    backing_key.assign(size, 0x1b);
    const Bytes token = wrap(example_binding());
    EXPECT_EQ(backing_key_bytes(token), size);
    Bytes whole(size), shorter(size - 1), longer(size + 1);
    EXPECT_TRUE(open_token(keyring, gcm, aad, example_binding(), material, token, whole));
    EXPECT_EQ(whole, backing_key);
    EXPECT_FALSE(open_token(keyring, gcm, aad, example_binding(), material, token, shorter));
    EXPECT_FALSE(open_token(keyring, gcm, aad, example_binding(), material, token, longer));
  }
  EXPECT_EQ(backing_key_bytes({}), std::nullopt);
  EXPECT_EQ(backing_key_bytes(Bytes(kTokenOverhead)), std::nullopt);
  EXPECT_EQ(backing_key_bytes(Bytes(kTokenOverhead + kMaxBackingKeyBytes + 1)), std::nullopt);
}

TEST_F(KeyTokenTest, ATokenCopiedToAnotherRecordDoesNotOpen) {
  const KeyBinding own = example_binding();
  const Bytes token = wrap(own);
  const AccountId other_account = AccountId::parse("123456789013").value();
  const Region other_region = Region::parse("eu-central-2").value();
  const KeyId other_key = KeyId::parse("01234567-89ab-4cde-8f01-23456789abce").value();
  const struct {
    const char* name;
    KeyBinding binding;
  } rows[] = {
      {"account", {{other_account, own.scope.region}, own.key, own.key_spec, own.origin}},
      {"region", {{own.scope.account, other_region}, own.key, own.key_spec, own.origin}},
      {"key id", {own.scope, other_key, own.key_spec, own.origin}},
      {"key spec", {own.scope, own.key, "HMAC_256", own.origin}},
      {"origin", {own.scope, own.key, own.key_spec, "EXTERNAL"}},
      {"a byte moved from spec to origin", {own.scope, own.key, "SYMMETRIC_DEFAUL", "TAWS_KMS"}},
      {"nothing for the spec", {own.scope, own.key, "", own.origin}},
  };
  for (const auto& row : rows) EXPECT_FALSE(opens(row.binding, material, token)) << row.name;
  MaterialId other_material = material;
  other_material[31] ^= 1;
  EXPECT_FALSE(opens(own, other_material, token)) << "material id";
}

TEST_F(KeyTokenTest, EveryBitFlipAndEveryTruncationIsRefused) {
  const Bytes token = wrap(example_binding());
  std::size_t refused = 0;
  for_each_damage(token, [&](ByteSpan damaged, const std::string& what) {
    EXPECT_FALSE(opens(example_binding(), material, damaged)) << what;
    ++refused;
  });
  EXPECT_EQ(refused, token.size() * 9);
  Bytes longer = token;
  longer.push_back(0);
  EXPECT_FALSE(opens(example_binding(), material, longer));
}

TEST_F(KeyTokenTest, TokensOfFormerDomainKeysStillOpen) {
  const Bytes first = wrap(example_binding());
  ASSERT_TRUE(keyring.rotate_domain_key(random).has_value());
  const Bytes second = wrap(example_binding());
  EXPECT_EQ(first[4], 1);
  EXPECT_EQ(second[4], 2);
  EXPECT_TRUE(opens(example_binding(), material, first));
  EXPECT_TRUE(opens(example_binding(), material, second));
  Bytes forged = second;
  forged[4] = 3;
  EXPECT_FALSE(opens(example_binding(), material, forged)) << "a domain key that does not exist";
}

TEST_F(KeyTokenTest, TheExampleOfTheFormatPageOpens) {
  // As the page says: the keyring's and the session's randomness count up from 0.
  CountingRandom counting;
  const Keyring example = Keyring::create_in_memory(counting);
  MaterialId example_material{};
  counting.fill(example_material);
  const Bytes token = example_of("key-token.md");
  ASSERT_TRUE(open_token(example, gcm, aad, example_binding(), example_material, token, opened));
  EXPECT_EQ(hex_encode(opened), "707172737475767778797a7b7c7d7e7f808182838485868788898a8b8c8d8e8f");
}

}  // namespace
}  // namespace claviger::hsm
