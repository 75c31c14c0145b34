#include "hsm/session.h"

#include <gtest/gtest.h>

#include <array>
#include <set>

#include "crypto/random.h"
#include "hsm/ciphertext_layout.h"
#include "hsm/test_support.h"

namespace claviger::hsm {
namespace {

class SessionTest : public ::testing::Test {
 protected:
  Bytes encrypt(const EncryptionContext& with, std::string_view text) {
    auto blob = session.encrypt(binding, key.material, key.token, with, secret(text));
    EXPECT_TRUE(blob.has_value());
    return blob.value_or(Bytes());
  }
  Result<SecretBytes> decrypt(const EncryptionContext& with, ByteSpan blob) {
    return session.decrypt(binding, key.token, with, blob);
  }
  void expect_refused(const EncryptionContext& with, ByteSpan blob, const std::string& what) {
    const auto result = decrypt(with, blob);
    ASSERT_FALSE(result.has_value()) << what;
    EXPECT_EQ(result.error().code(), ErrorCode::kInvalidCiphertext) << what;
    EXPECT_EQ(result.error().message(), "") << what;
  }

  crypto::BlockRandom random;
  Keyring keyring = Keyring::create_in_memory(random);
  Session session{keyring, random};
  KeyBinding binding = example_binding();
  NewBackingKey key = session.create_backing_key(binding).value();
  EncryptionContext context = context_of({{"department", "finance"}, {"purpose", "backup"}});
};

TEST_F(SessionTest, DecryptsWhatItEncrypted) {
  for (const std::size_t size : {1uz, 15uz, 16uz, 17uz, 4096uz}) {
    const std::string text(size, 'x');
    const Bytes blob = encrypt(context, text);
    EXPECT_EQ(blob.size(), size + kCiphertextOverhead);
    EXPECT_LE(blob.size(), 6144U);
    const auto plaintext = decrypt(context, blob);
    ASSERT_TRUE(plaintext.has_value()) << size;
    EXPECT_EQ(as_text(insecure_expose(*plaintext)), text);
  }
}

TEST_F(SessionTest, AnAdoptedBackingKeyHasTheSameIdAnywhereAndOpensWhatItEncryptedElsewhere) {
  const std::string known(32, 'k');
  key = session.insecure_adopt_backing_key(binding, secret(known)).value();
  const Bytes blob = encrypt(context, "text");

  Keyring other_keyring = Keyring::create_in_memory(random);
  Session other(other_keyring, random);
  const NewBackingKey again = other.insecure_adopt_backing_key(binding, secret(known)).value();
  EXPECT_EQ(again.material, key.material);
  EXPECT_NE(again.token, key.token);
  const auto plaintext = other.decrypt(binding, again.token, context, blob);
  ASSERT_TRUE(plaintext.has_value());
  EXPECT_EQ(as_text(insecure_expose(*plaintext)), "text");
}

TEST_F(SessionTest, AdoptedBackingKeysHaveIdsOfTheirOwn) {
  const NewBackingKey one = session.insecure_adopt_backing_key(binding, secret(std::string(32, 'k'))).value();
  EXPECT_NE(one.material, session.insecure_adopt_backing_key(binding, secret(std::string(32, 'l')))->material);
  KeyBinding elsewhere = binding;
  elsewhere.scope.region = *Region::parse("us-west-2");
  EXPECT_NE(one.material, session.insecure_adopt_backing_key(elsewhere, secret(std::string(32, 'k')))->material);
}

TEST_F(SessionTest, BackingKeysOfOtherSizesAreNotAdopted) {
  for (const std::size_t size : {0uz, 16uz, 31uz, 33uz}) {
    const auto adopted = session.insecure_adopt_backing_key(binding, SecretBytes(size));
    ASSERT_FALSE(adopted.has_value()) << size;
    EXPECT_EQ(adopted.error().code(), ErrorCode::kInternal);
  }
}

TEST_F(SessionTest, PlaintextsOfOtherSizesAreNotEncrypted) {
  for (const std::size_t size : {0uz, 4097uz}) {
    const auto blob = session.encrypt(binding, key.material, key.token, context, SecretBytes(size));
    ASSERT_FALSE(blob.has_value()) << size;
    EXPECT_EQ(blob.error().code(), ErrorCode::kInternal);
    const auto data_key = session.generate_data_key(binding, key.material, key.token, context, size);
    ASSERT_FALSE(data_key.has_value()) << size;
    EXPECT_EQ(data_key.error().code(), ErrorCode::kInternal);
  }
}

TEST_F(SessionTest, EveryBitFlipAndEveryTruncationIsRefusedAlike) {
  const Bytes blob = encrypt(context, "attack at dawn");
  std::size_t refused = 0;
  for_each_damage(blob, [&](ByteSpan damaged, const std::string& what) {
    expect_refused(context, damaged, what);
    ++refused;
  });
  EXPECT_EQ(refused, blob.size() * 9);
  Bytes longer = blob;
  longer.push_back(0);
  expect_refused(context, longer, "a byte more");
  expect_refused(context, {}, "nothing");
}

TEST_F(SessionTest, TheOrderOfTheContextDoesNotMatter) {
  const Bytes blob = encrypt(context_of({{"a", "1"}, {"b", "2"}, {"c", "3"}}), "x");
  EXPECT_TRUE(decrypt(context_of({{"c", "3"}, {"a", "1"}, {"b", "2"}}), blob).has_value());
}

TEST_F(SessionTest, AnEmptyContextIsNoContext) {
  EXPECT_TRUE(decrypt(context_of({}), encrypt(EncryptionContext(), "x")).has_value());
  EXPECT_TRUE(decrypt(EncryptionContext(), encrypt(context_of({}), "x")).has_value());
}

TEST_F(SessionTest, EveryOtherDifferenceOfTheContextIsRefused) {
  const struct {
    const char* name;
    std::vector<EncryptionContext::Pair> encrypted, given;
  } rows[] = {
      {"all missing", {{"a", "bc"}}, {}},
      {"none at first", {}, {{"a", "bc"}}},
      {"missing pair", {{"a", "bc"}, {"d", "e"}}, {{"a", "bc"}}},
      {"extra pair", {{"a", "bc"}}, {{"a", "bc"}, {"d", "e"}}},
      {"extra empty pair", {{"a", "bc"}}, {{"a", "bc"}, {"", ""}}},
      {"changed key", {{"a", "bc"}}, {{"b", "bc"}}},
      {"changed value", {{"a", "bc"}}, {{"a", "bd"}}},
      {"case of a key", {{"a", "bc"}}, {{"A", "bc"}}},
      {"case of a value", {{"a", "bc"}}, {{"a", "Bc"}}},
      {"byte moved from value to key", {{"a", "bc"}}, {{"ab", "c"}}},
      {"values swapped", {{"a", "1"}, {"b", "2"}}, {{"a", "2"}, {"b", "1"}}},
      {"Unicode normal form of a key", {{"\u00e9", "x"}}, {{"e\u0301", "x"}}},
      {"Unicode normal form of a value", {{"x", "\u00e9"}}, {{"x", "e\u0301"}}},
      {"white space", {{"a", "bc"}}, {{"a", "bc "}}},
  };
  for (const auto& row : rows) {
    const Bytes blob = encrypt(context_of(row.encrypted), "x");
    ASSERT_TRUE(decrypt(context_of(row.encrypted), blob).has_value()) << row.name;
    expect_refused(context_of(row.given), blob, row.name);
  }
}

TEST_F(SessionTest, ACiphertextOpensUnderNoOtherKey) {
  const Bytes blob = encrypt(context, "x");
  const KeyBinding other{example_scope(), KeyId::make(random), "SYMMETRIC_DEFAULT", "AWS_KMS"};
  const NewBackingKey other_key = session.create_backing_key(other).value();
  const NewBackingKey next_version = session.create_backing_key(binding).value();
  const struct {
    const char* name;
    const KeyBinding& binding;
    const Bytes& token;
  } rows[] = {{"another key", other, other_key.token},
              {"another key with this token", other, key.token},
              {"this key with another's token", binding, other_key.token},
              {"this key's other material", binding, next_version.token}};
  for (const auto& row : rows) {
    const auto result = session.decrypt(row.binding, row.token, context, blob);
    ASSERT_FALSE(result.has_value()) << row.name;
    EXPECT_EQ(result.error().code(), ErrorCode::kInvalidCiphertext) << row.name;
    EXPECT_EQ(result.error().message(), "") << row.name;
  }
}

TEST_F(SessionTest, TheRegionIsInTheTokenAndNotInTheCiphertext) {
  const Bytes blob = encrypt(context, "x");
  const KeyBinding elsewhere{
      {example_scope().account, Region::parse("us-east-1").value()}, example_key_id(), "SYMMETRIC_DEFAULT", "AWS_KMS"};
  EXPECT_FALSE(session.decrypt(elsewhere, key.token, context, blob).has_value());
}

TEST_F(SessionTest, AHundredThousandEncryptionsRepeatNoNonce) {
  constexpr std::size_t kBytes = layout::kNonceBytes + layout::kIvBytes;
  std::set<std::array<std::uint8_t, kBytes>> seen;
  const SecretBytes plaintext = secret("x");
  for (int i = 0; i < 100'000; ++i) {
    const auto blob = session.encrypt(binding, key.material, key.token, context, plaintext);
    ASSERT_TRUE(blob.has_value());
    std::array<std::uint8_t, kBytes> nonce{};
    std::copy_n(blob->begin() + layout::kNonceAt, kBytes, nonce.begin());
    ASSERT_TRUE(seen.insert(nonce).second) << "repeated after " << i;
  }
}

TEST_F(SessionTest, ADataKeyIsRandomAndDecryptsToItself) {
  for (const std::size_t size : {1uz, 16uz, 32uz, 1024uz}) {
    const auto data_key = session.generate_data_key(binding, key.material, key.token, context, size);
    ASSERT_TRUE(data_key.has_value()) << size;
    ASSERT_EQ(data_key->plaintext.size(), size);
    const auto plaintext = decrypt(context, data_key->ciphertext);
    ASSERT_TRUE(plaintext.has_value()) << size;
    EXPECT_TRUE(constant_time_equal(insecure_expose(*plaintext), insecure_expose(data_key->plaintext)));
  }
  const auto one = session.generate_data_key(binding, key.material, key.token, context, 32);
  const auto two = session.generate_data_key(binding, key.material, key.token, context, 32);
  EXPECT_FALSE(constant_time_equal(insecure_expose(one->plaintext), insecure_expose(two->plaintext)));
}

TEST_F(SessionTest, ADamagedTokenIsCorruptWhenEncryptingAndTellsNothingWhenDecrypting) {
  const Bytes blob = encrypt(context, "x");
  for_each_damage(key.token, [&](ByteSpan token, const std::string& what) {
    const auto encrypted = session.encrypt(binding, key.material, token, context, secret("x"));
    ASSERT_FALSE(encrypted.has_value()) << what;
    EXPECT_EQ(encrypted.error().code(), ErrorCode::kCorrupt) << what;
    const auto rewrapped = session.rewrap(binding, key.material, token);
    ASSERT_FALSE(rewrapped.has_value()) << what;
    EXPECT_EQ(rewrapped.error().code(), ErrorCode::kCorrupt) << what;
    const auto decrypted = session.decrypt(binding, token, context, blob);
    ASSERT_FALSE(decrypted.has_value()) << what;
    EXPECT_EQ(decrypted.error().code(), ErrorCode::kInvalidCiphertext) << what;
    EXPECT_EQ(decrypted.error().message(), "") << what;
  });
}

TEST_F(SessionTest, RewrappingKeepsTheMaterial) {
  const Bytes blob = encrypt(context, "kept");
  ASSERT_TRUE(keyring.rotate_domain_key(random).has_value());
  const auto token = session.rewrap(binding, key.material, key.token);
  ASSERT_TRUE(token.has_value());
  EXPECT_NE(*token, key.token);
  const auto plaintext = session.decrypt(binding, *token, context, blob);
  ASSERT_TRUE(plaintext.has_value());
  EXPECT_EQ(as_text(insecure_expose(*plaintext)), "kept");
}

TEST_F(SessionTest, GoesOnAfterAFailure) {
  const Bytes blob = encrypt(context, "x");
  expect_refused(EncryptionContext(), blob, "wrong context");
  EXPECT_TRUE(decrypt(context, blob).has_value());
}

TEST_F(SessionTest, AnotherKeyringOpensNothing) {
  const Keyring other = Keyring::create_in_memory(random);
  Session stranger(other, random);
  const auto result = stranger.decrypt(binding, key.token, context, encrypt(context, "x"));
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code(), ErrorCode::kInvalidCiphertext);
}

TEST_F(SessionTest, MacsHaveTheLengthOfTheirSpecAndVerifyWholeAndForTheirMessageAlone) {
  const SecretBytes message = secret("a message");
  for (const auto& [spec, size] : {std::pair{"HMAC_224", 28U}, std::pair{"HMAC_256", 32U}, std::pair{"HMAC_384", 48U},
                                   std::pair{"HMAC_512", 64U}}) {
    SCOPED_TRACE(spec);
    const KeyBinding mac_binding{binding.scope, binding.key, spec, binding.origin};
    const NewBackingKey mac_key = session.create_backing_key(mac_binding).value();
    EXPECT_EQ(mac_key.token.size(), size + 33);
    const Bytes code = session.generate_mac(mac_binding, mac_key.material, mac_key.token, message).value();
    EXPECT_EQ(code.size(), size);
    const auto verifies = [&](const SecretBytes& text, ByteSpan given) {
      return session.verify_mac(mac_binding, mac_key.material, mac_key.token, text, given).value();
    };
    EXPECT_TRUE(verifies(message, code));
    EXPECT_FALSE(verifies(secret("b message"), code));
    EXPECT_FALSE(verifies(message, ByteSpan(code).first(size - 1)));
    EXPECT_FALSE(verifies(message, {}));
    Bytes changed = code;
    changed.back() ^= 1;
    EXPECT_FALSE(verifies(message, changed));
    changed = code;
    changed.push_back(0);
    EXPECT_FALSE(verifies(message, changed));
    const NewBackingKey other = session.create_backing_key(mac_binding).value();
    EXPECT_NE(session.generate_mac(mac_binding, other.material, other.token, message).value(), code);
    const auto refused = session.generate_mac(mac_binding, other.material, mac_key.token, message);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), ErrorCode::kCorrupt);
  }
}

TEST_F(SessionTest, AKeyOfOneSpecDoesNotDoTheWorkOfAnother) {
  const KeyBinding mac_binding{binding.scope, binding.key, "HMAC_256", binding.origin};
  const NewBackingKey mac_key = session.create_backing_key(mac_binding).value();
  const auto is_refused = [](const auto& result) { return !result && result.error().code() == ErrorCode::kInternal; };
  EXPECT_TRUE(is_refused(session.encrypt(mac_binding, mac_key.material, mac_key.token, context, secret("text"))));
  EXPECT_TRUE(is_refused(session.decrypt(mac_binding, mac_key.token, context, encrypt(context, "text"))));
  EXPECT_TRUE(is_refused(session.generate_mac(binding, key.material, key.token, secret("text"))));
  EXPECT_TRUE(is_refused(session.create_backing_key({binding.scope, binding.key, "ECC_NIST_P256", binding.origin})));
}

TEST_F(SessionTest, RandomBytesHaveTheSizeAskedForAndDiffer) {
  const SecretBytes one = session.random(1024), two = session.random(1024);
  EXPECT_EQ(one.size(), 1024U);
  EXPECT_FALSE(constant_time_equal(insecure_expose(one), insecure_expose(two)));
  EXPECT_TRUE(session.random(0).empty());
}

}  // namespace
}  // namespace claviger::hsm
