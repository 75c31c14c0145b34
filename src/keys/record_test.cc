#include "keys/record.h"

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "keys/test_fixtures.h"

namespace claviger::keys {
namespace {

TEST(KeyRecord, RoundTripsInEveryState) {
  KeyRecord key = test_key();
  EXPECT_EQ(*decode_key(key.scope, key.id, encode(key)), key);
  key.state = KeyState::kDisabled;
  key.policy = "{}";
  key.policy_bindings = {{"arn:aws:iam::111122223333:user/a", "AIDAA"}, {"arn:aws:iam::111122223333:role/r", "AROAR"}};
  EXPECT_EQ(*decode_key(key.scope, key.id, encode(key)), key);
  key.state = KeyState::kPendingDeletion;
  key.deletion_date = from_millis(1'800'000'000'000);
  EXPECT_EQ(*decode_key(key.scope, key.id, encode(key)), key);
}

// The examples of docs/formats/key-record.md. `bindings` is what the versions differ in.
Bytes documented_example(std::string_view version, std::string_view policy, std::string_view bindings,
                         std::string_view public_key = "") {
  return *hex_decode(std::string(version) +
                     "01020101"          // spec, usage, origin, state
                     "0000019b76daa87b"  // created
                     "ffffffffffffffff"  // no deletion date
                     "00000003"
                     "64c3a9" +  // description
                     std::string(policy) +
                     std::string(bindings) +
                     "0002"
                     "0004"
                     "7465616d"
                     "0008"
                     "7061796d656e7473"
                     "0005"
                     "656d707479"
                     "0000"                                                              // tags
                     "0001"                                                              // one material
                     "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"  // its id
                     "0002"
                     "aabb" +  // its key token
                     std::string(public_key));
}

TEST(KeyRecord, DecodesTheDocumentedExample) {
  const Bytes bytes = documented_example("03",
                                         "00000002"
                                         "7b7d",
                                         "0001"
                                         "0020"
                                         "61726e3a6177733a69616d3a3a3131313132323232333333333a757365722f61"
                                         "0005"
                                         "4149444141",
                                         "0000");
  KeyRecord key = test_key();
  key.policy = "{}";
  key.policy_bindings = {{"arn:aws:iam::111122223333:user/a", "AIDAA"}};
  EXPECT_EQ(hex_encode(encode(key)), hex_encode(bytes));
  EXPECT_EQ(*decode_key(key.scope, key.id, bytes), key);
}

TEST(KeyRecord, ReadsVersionOne) {
  const KeyRecord key = test_key();
  EXPECT_EQ(*decode_key(key.scope, key.id, documented_example("01", "00000000", "")), key);
}

TEST(KeyRecord, ReadsVersionTwo) {
  const KeyRecord key = test_key();
  EXPECT_EQ(*decode_key(key.scope, key.id, documented_example("02", "00000000", "0000")), key);
  EXPECT_FALSE(decode_key(key.scope, key.id, documented_example("04", "00000000", "0000", "0000")));
}

TEST(KeyRecord, APublicKeyIsThereExactlyForAsymmetricSpecs) {
  KeyRecord key = test_key();
  key.public_key = {0x30, 0x00};
  EXPECT_FALSE(decode_key(key.scope, key.id, encode(key)));
  key.spec = KeySpec::kRsa2048;
  EXPECT_EQ(*decode_key(key.scope, key.id, encode(key)), key);
  key.public_key.clear();
  EXPECT_FALSE(decode_key(key.scope, key.id, encode(key)));
}

TEST(KeyRecord, EveryTruncationAndExtensionIsCorrupt) {
  KeyRecord key = test_key();
  key.policy_bindings = {{"arn:aws:iam::111122223333:user/a", "AIDAA"}};
  const Bytes bytes = encode(key);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const auto result = decode_key(key.scope, key.id, ByteSpan(bytes).first(size));
    ASSERT_FALSE(result) << size;
    EXPECT_EQ(result.error().code(), ErrorCode::kCorrupt);
  }
  Bytes longer = bytes;
  longer.push_back(0);
  EXPECT_FALSE(decode_key(key.scope, key.id, longer));
}

TEST(KeyRecord, UnknownNumbersAreCorrupt) {
  const KeyRecord key = test_key();
  for (std::size_t at = 0; at < 5; ++at) {
    for (std::uint8_t value : {std::uint8_t{0}, std::uint8_t{200}}) {
      Bytes bytes = encode(key);
      bytes[at] = value;
      EXPECT_FALSE(decode_key(key.scope, key.id, bytes)) << at;
    }
  }
}

TEST(KeyRecord, DeletionDateMustFitTheState) {
  KeyRecord key = test_key();
  key.deletion_date = key.created;
  EXPECT_FALSE(decode_key(key.scope, key.id, encode(key)));
  key.deletion_date.reset();
  key.state = KeyState::kPendingDeletion;
  EXPECT_FALSE(decode_key(key.scope, key.id, encode(key)));
}

TEST(KeyRecord, NeedsMaterial) {
  KeyRecord key = test_key();
  key.materials.clear();
  EXPECT_FALSE(decode_key(key.scope, key.id, encode(key)));
}

TEST(KeyRecord, FindsMaterialById) {
  const KeyRecord key = test_key();
  EXPECT_EQ(key.find_material(key.materials[0].id), &key.materials[0]);
  EXPECT_EQ(key.find_material({}), nullptr);
}

TEST(AliasRecord, RoundTripsAndRefusesDamage) {
  const AliasRecord alias{.target = test_key_id(), .created = from_millis(1), .updated = from_millis(2)};
  const Bytes bytes = encode(alias);
  EXPECT_EQ(hex_encode(bytes),
            "01"
            "0024"
            "31323334616263642d313261622d333463642d353665662d313233343536373839306162"
            "0000000000000001"
            "0000000000000002");
  EXPECT_EQ(*decode_alias(bytes), alias);
  for (std::size_t size = 0; size < bytes.size(); ++size) EXPECT_FALSE(decode_alias(ByteSpan(bytes).first(size)));
}

TEST(TombstoneRecord, RoundTripsAndRefusesDamage) {
  const TombstoneRecord tombstone{.created = from_millis(1), .deleted = from_millis(2)};
  const Bytes bytes = encode(tombstone);
  EXPECT_EQ(hex_encode(bytes),
            "0101"
            "0000000000000001"
            "0000000000000002");
  EXPECT_EQ(*decode_tombstone(bytes), tombstone);
  for (std::size_t size = 0; size < bytes.size(); ++size) EXPECT_FALSE(decode_tombstone(ByteSpan(bytes).first(size)));
}

}  // namespace
}  // namespace claviger::keys
