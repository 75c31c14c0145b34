#include "keys/record.h"

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "keys/test_fixtures.h"

namespace claviger::keys {
namespace {

KeyRecord multi_region_key() {
  KeyRecord key = test_key();
  key.id = test_multi_region_key_id();
  key.multi_region = {.primary = key.scope.region,
                      .replicas = {{*Region::parse("us-east-1"), true}, {*Region::parse("ap-southeast-2")}},
                      .version = 0x0102030405060708};
  return key;
}

void expect_kept(const KeyRecord& key) {
  const auto decoded = decode_key(key.scope, key.id, encode(key));
  ASSERT_TRUE(decoded.has_value()) << decoded.error().detail();
  EXPECT_EQ(*decoded, key);
}

void expect_refused(const KeyRecord& key) { EXPECT_FALSE(decode_key(key.scope, key.id, encode(key))); }

TEST(KeyRecord, RoundTripsInEveryState) {
  KeyRecord key = test_key();
  expect_kept(key);
  key.state = KeyState::kDisabled;
  key.policy = "{}";
  key.policy_bindings = {{"arn:aws:iam::111122223333:user/a", "AIDAA"}, {"arn:aws:iam::111122223333:role/r", "AROAR"}};
  expect_kept(key);
  key.state = KeyState::kPendingDeletion;
  key.deletion_date = from_millis(1'800'000'000'000);
  expect_kept(key);
  key.deletion_date.reset();
  key.state = KeyState::kPendingReplicaDeletion;
  key.pending_window_days = 30;
  expect_kept(key);
  key.pending_window_days.reset();
  key.state = KeyState::kUpdating;
  key.next_state = KeyState::kDisabled;
  expect_kept(key);
  key.next_state.reset();
  key.state = KeyState::kCreating;
  key.materials.clear();
  expect_kept(key);
  key = test_imported_key();
  key.state = KeyState::kPendingImport;
  expect_kept(key);
}

TEST(KeyRecord, RoundTripsRotations) {
  KeyRecord key = test_key();
  key.manager = KeyManager::kAws;
  key.rotation = {.period_days = 2560, .next = from_millis(1'800'000'000'000)};
  for (const RotationType type : {RotationType::kAutomatic, RotationType::kOnDemand}) {
    key.materials.push_back(key.materials.front());
    key.materials.back().rotation = {.date = from_millis(1'790'000'000'000), .type = type};
  }
  expect_kept(key);
}

TEST(KeyRecord, RoundTripsImportedMaterial) {
  KeyRecord key = test_imported_key();
  key.materials.front().valid_to = from_millis(1'790'000'000'000);
  key.materials.front().description = "from the safe";
  key.pending_material = {.material = key.materials.front()};
  for (const PendingMaterialState state :
       {PendingMaterialState::kPendingRotation, PendingMaterialState::kPendingMultiRegionImportAndRotation}) {
    key.pending_material->state = state;
    expect_kept(key);
  }
  key.pending_material.reset();
  key.materials.front().valid_to.reset();
  key.materials.front().token.clear();
  expect_kept(key);
  key.materials.clear();
  expect_kept(key);
}

TEST(KeyRecord, RoundTripsRegions) {
  KeyRecord key = multi_region_key();
  expect_kept(key);
  EXPECT_TRUE(key.is_primary());
  EXPECT_FALSE(key.is_replica());
  key.multi_region->primary = *Region::parse("us-east-1");
  EXPECT_TRUE(key.is_replica());
  EXPECT_FALSE(test_key().is_primary());
  EXPECT_FALSE(test_key().is_replica());
}

// The examples of docs/formats/key-record.md. `bindings` is what the versions differ in.
Bytes documented_example(std::string_view version, std::string_view policy, std::string_view bindings,
                         std::string_view rest = "") {
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
                     std::string(rest));
}

// The parts of the example that versions have in common.
constexpr std::string_view kPolicy =
    "00000002"
    "7b7d";
constexpr std::string_view kBindings =
    "0001"
    "0020"
    "61726e3a6177733a69616d3a3a3131313132323232333333333a757365722f61"
    "0005"
    "4149444141";

TEST(KeyRecord, DecodesTheDocumentedExample) {
  const Bytes bytes = documented_example("04", kPolicy, kBindings,
                                         "00"                // the material came without a rotation
                                         "ffffffffffffffff"  // does not expire
                                         "0000"              // has no description
                                         "0000"              // public key
                                         "02"                // manager
                                         "00"                // no next state
                                         "00"                // no waiting period
                                         "00"                // no pending material
                                         "016d"
                                         "000001a2ce8bd47b"  // rotation
                                         "00");              // of one Region
  KeyRecord key = test_key();
  key.policy = "{}";
  key.policy_bindings = {{"arn:aws:iam::111122223333:user/a", "AIDAA"}};
  key.rotation = {.period_days = 365, .next = from_millis(1'798'761'600'123)};
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
}

TEST(KeyRecord, ReadsVersionThree) {
  const KeyRecord key = test_key();
  EXPECT_EQ(*decode_key(key.scope, key.id, documented_example("03", "00000000", "0000", "0000")), key);
  EXPECT_FALSE(decode_key(key.scope, key.id, documented_example("05", "00000000", "0000", "0000")));
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
  key.origin = KeyOrigin::kExternal;
  key.materials.front().rotation = MaterialRotation{};
  key.materials.front().description = "d";
  key.pending_material = {.material = key.materials.front()};
  key.rotation = AutomaticRotation{};
  key.id = multi_region_key().id;
  key.multi_region = multi_region_key().multi_region;
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

TEST(KeyRecord, WhatOneStateHasNoOtherHas) {
  for (const auto& [state, name] : Names<KeyState>::kAll) {
    SCOPED_TRACE(name);
    KeyRecord key = test_imported_key();
    key.state = state;
    const auto check = [&](bool present, KeyState its) {
      present == (state == its) ? expect_kept(key) : expect_refused(key);
    };
    if (state == KeyState::kPendingDeletion) key.deletion_date = key.created;
    if (state == KeyState::kPendingReplicaDeletion) key.pending_window_days = 7;
    if (state == KeyState::kUpdating) key.next_state = KeyState::kEnabled;
    expect_kept(key);
    const KeyRecord whole = key;
    key.deletion_date = key.deletion_date ? std::nullopt : std::optional(key.created);
    check(key.deletion_date.has_value(), KeyState::kPendingDeletion);
    key = whole;
    key.pending_window_days = key.pending_window_days ? std::nullopt : std::optional<std::uint8_t>(7);
    check(key.pending_window_days.has_value(), KeyState::kPendingReplicaDeletion);
    key = whole;
    key.next_state = key.next_state ? std::nullopt : std::optional(KeyState::kEnabled);
    check(key.next_state.has_value(), KeyState::kUpdating);
  }
}

TEST(KeyRecord, OnlyImportedMaterialCanBeMissingExpireWaitOrBeDescribed) {
  const auto refused_unless_imported = [](auto change) {
    KeyRecord key = test_key();
    change(key);
    expect_refused(key);
    key.origin = KeyOrigin::kExternal;
    expect_kept(key);
  };
  refused_unless_imported([](KeyRecord& key) { key.materials.clear(); });
  refused_unless_imported([](KeyRecord& key) { key.materials.front().token.clear(); });
  refused_unless_imported([](KeyRecord& key) { key.materials.front().valid_to = key.created; });
  refused_unless_imported([](KeyRecord& key) { key.materials.front().description = "d"; });
  refused_unless_imported([](KeyRecord& key) { key.pending_material = {.material = key.materials.front()}; });
  refused_unless_imported([](KeyRecord& key) { key.state = KeyState::kPendingImport; });
  KeyRecord key = test_imported_key();
  key.materials.front().valid_to = key.created;
  key.materials.front().token.clear();
  expect_refused(key);
}

TEST(KeyRecord, RotationAndRegionsMustFitTheKey) {
  KeyRecord key = test_key();
  key.spec = KeySpec::kHmac256;
  expect_kept(key);
  key.rotation = AutomaticRotation{};
  expect_refused(key);
  key = multi_region_key();
  key.multi_region.reset();
  expect_refused(key);
  key = test_key();
  key.multi_region = multi_region_key().multi_region;
  expect_refused(key);
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
