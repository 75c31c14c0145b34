#include "keys/import_rules.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>

#include "base/encoding.h"
#include "keys/state_rules.h"
#include "keys/test_fixtures.h"

namespace claviger::keys {
namespace {

using std::chrono::days;
using std::chrono::milliseconds;

MaterialId id_of(std::uint8_t number) {
  MaterialId id{};
  id.fill(number);
  return id;
}

KeyRecord new_key(KeySpec spec = KeySpec::kSymmetricDefault) {
  KeyRecord key = test_key();
  key.spec = spec;
  key.origin = KeyOrigin::kExternal;
  key.state = KeyState::kPendingImport;
  key.materials.clear();
  return key;
}

Material material(std::uint8_t number, std::optional<WallTime> valid_to = std::nullopt, std::string description = {}) {
  return {.id = id_of(number), .token = {number}, .description = std::move(description), .valid_to = valid_to};
}

// With materials 1, 2, ... the last of which is current.
KeyRecord key_with(std::vector<Material> materials) {
  KeyRecord key = new_key();
  key.state = KeyState::kEnabled;
  key.materials = std::move(materials);
  return key;
}

ImportOptions forever() { return {.expiration_model = ExpirationModel::kDoesNotExpire}; }
ImportOptions as(ImportType type) {
  ImportOptions options = forever();
  options.type = type;
  return options;
}
NewMaterial imported(std::uint8_t number) { return {id_of(number), {0xf0, number}, {}}; }

template <class T>
ErrorCode code(const Result<T>& result) {
  return result ? ErrorCode{} : result.error().code();
}

TEST(ImportRules, OnlyKeysOfOriginExternalImport) {
  EXPECT_TRUE(check_imports(new_key()));
  const Status refused = check_imports(test_key());
  EXPECT_EQ(code(refused), ErrorCode::kUnsupportedOperation);
  EXPECT_EQ(refused.error().message(), kTestKeyArn + " origin is AWS_KMS which is not valid for this operation.");
}

TEST(ImportRules, MaterialOfEverySpecButMlDsaIsImported) {
  for (const auto& [spec, name] : Names<KeySpec>::kAll) {
    EXPECT_EQ(can_import(spec), !name.starts_with("ML_DSA")) << name;
  }
}

// Developer Guide, "Select a wrapping public key spec" and "... algorithm", written down another way.
TEST(ImportRules, WrappingsAreThoseOfTheTable) {
  for (const char* region : {"us-east-1", "cn-north-1", "cn-northwest-1", "us-gov-west-1"}) {
    const bool china = std::string_view(region).starts_with("cn-");
    for (const auto& [spec, name] : Names<KeySpec>::kAll) {
      for (const auto& [algorithm, algorithm_name] : Names<WrappingAlgorithm>::kAll) {
        for (const auto& [wrapping_spec, wrapping_name] : Names<WrappingKeySpec>::kAll) {
          const bool oaep = algorithm_name.starts_with("RSAES_OAEP") && wrapping_name != "SM2";
          const bool wrap = algorithm_name.starts_with("RSA_AES_KEY_WRAP") && wrapping_name != "SM2" && !china;
          const bool sm2 = algorithm_name == "SM2PKE" && wrapping_name == "SM2" && china;
          bool fits = false;
          if (name == "SYMMETRIC_DEFAULT" || name.starts_with("HMAC")) fits = oaep;
          if (name.starts_with("ECC")) {
            fits = wrap || sm2 || (oaep && !(name == "ECC_NIST_P521" && wrapping_name == "RSA_2048"));
          }
          if (name.starts_with("RSA")) fits = wrap || sm2;
          if (name == "SM2") fits = oaep || sm2;
          const Status checked = check_wrapping(spec, {algorithm, wrapping_spec}, Region::parse(region).value());
          EXPECT_EQ(checked.has_value(), fits)
              << region << " " << name << " " << algorithm_name << " " << wrapping_name;
          EXPECT_EQ(code(checked), fits ? ErrorCode{} : ErrorCode::kUnsupportedOperation);
        }
      }
    }
  }
}

struct OptionsRow {
  const char* name;
  ImportOptions options;
  bool accepted;
};

TEST(ImportRules, OptionsFitEachOtherAndTheTime) {
  const auto expires = [](std::optional<WallTime> valid_to) { return ImportOptions{.valid_to = valid_to}; };
  ImportOptions dated_forever = forever();
  dated_forever.valid_to = kNow + days(1);
  ImportOptions named = forever();
  named.material_id = id_of(1);
  ImportOptions named_new = named, named_existing = named;
  named_new.type = ImportType::kNewKeyMaterial;
  named_existing.type = ImportType::kExistingKeyMaterial;
  const OptionsRow rows[] = {
      {"forever", forever(), true},
      {"forever with a date", dated_forever, false},
      {"expires without a date", expires(std::nullopt), false},
      {"expires now", expires(kNow), false},
      {"expires in the past", expires(kNow - days(1)), false},
      {"expires at once", expires(kNow + milliseconds(1)), true},
      {"expires as late as it may", expires(kNow + days(365)), true},
      {"expires too late", expires(kNow + days(365) + milliseconds(1)), false},
      {"an id", named, true},
      {"an id of existing material", named_existing, true},
      {"an id of new material", named_new, false},
  };
  for (const OptionsRow& row : rows) {
    const Status checked = check_import_options(row.options, kNow);
    EXPECT_EQ(checked.has_value(), row.accepted) << row.name;
    EXPECT_EQ(code(checked), row.accepted ? ErrorCode{} : ErrorCode::kValidation) << row.name;
  }
  EXPECT_EQ(check_import_options(expires(std::nullopt), kNow).error().message(),
            "A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES");
}

TEST(ImportRules, OnlySymmetricKeysHaveTypesDescriptionsAndIds) {
  ImportOptions typed = as(ImportType::kNewKeyMaterial), described = forever(), named = forever();
  described.description = "d";
  named.material_id = id_of(1);
  for (const ImportOptions& options : {typed, described, named}) {
    EXPECT_TRUE(check_options_fit(new_key(), options));
    for (const KeySpec spec : {KeySpec::kHmac256, KeySpec::kRsa2048, KeySpec::kEccNistP256}) {
      EXPECT_EQ(code(check_options_fit(new_key(spec), options)), ErrorCode::kUnsupportedOperation);
      EXPECT_TRUE(check_options_fit(new_key(spec), forever()));
    }
  }
}

TEST(ImportRules, TheFirstMaterialIsCurrentAndEnablesTheKey) {
  for (const std::optional<ImportType> type :
       {std::optional<ImportType>(), std::optional(ImportType::kNewKeyMaterial)}) {
    ImportOptions options{.type = type, .description = "first", .valid_to = kNow + days(2)};
    const auto key = with_import(new_key(), imported(1), options, kNow);
    ASSERT_TRUE(key);
    ASSERT_EQ(key->materials.size(), 1U);
    EXPECT_EQ(key->current_material(), (Material{id_of(1), {0xf0, 1}, std::nullopt, "first", kNow + days(2)}));
    EXPECT_EQ(key->state, KeyState::kEnabled);
    EXPECT_FALSE(key->pending_material);
  }
  EXPECT_EQ(code(with_import(new_key(), imported(1), as(ImportType::kExistingKeyMaterial), kNow)),
            ErrorCode::kIncorrectKeyMaterial);
}

TEST(ImportRules, AnAsymmetricKeyGetsItsPublicKeyWithItsMaterial) {
  NewMaterial first = imported(1);
  first.public_key = {1, 2, 3};
  const auto key = with_import(new_key(KeySpec::kEccNistP256), first, forever(), kNow);
  ASSERT_TRUE(key);
  EXPECT_EQ(key->public_key, (Bytes{1, 2, 3}));
}

TEST(ImportRules, ADisabledKeyStaysDisabled) {
  KeyRecord disabled = new_key();
  disabled.state = KeyState::kDisabled;
  EXPECT_EQ(with_import(disabled, imported(1), forever(), kNow)->state, KeyState::kDisabled);
}

TEST(ImportRules, MaterialThatComesAgainTakesItsPlace) {
  KeyRecord key = key_with({material(1, kNow + days(1), "one"), material(2, std::nullopt, "two")});
  key.materials[0].rotation = std::nullopt;
  key.materials[1].rotation = MaterialRotation{kNow - days(3), RotationType::kOnDemand};
  for (const std::optional<ImportType> type :
       {std::optional<ImportType>(), std::optional(ImportType::kExistingKeyMaterial)}) {
    ImportOptions options{.type = type, .valid_to = kNow + days(9)};
    const auto kept = with_import(key, imported(1), options, kNow);
    ASSERT_TRUE(kept);
    EXPECT_EQ(kept->materials[0], (Material{id_of(1), {0xf0, 1}, std::nullopt, "one", kNow + days(9)}));
    EXPECT_EQ(kept->materials[1], key.materials[1]);
    options.description = "anew";
    options.material_id = id_of(1);
    EXPECT_EQ(with_import(key, imported(1), options, kNow)->materials[0].description, "anew");
  }
  // What expired can be made to last, and the history stays.
  const auto current = with_import(key, imported(2), forever(), kNow);
  ASSERT_TRUE(current);
  EXPECT_EQ(current->materials[1].rotation, key.materials[1].rotation);
  EXPECT_EQ(current->state, KeyState::kEnabled);
}

TEST(ImportRules, OtherMaterialIsIncorrectUnlessItIsNew) {
  const KeyRecord key = key_with({material(1)});
  EXPECT_EQ(code(with_import(key, imported(2), forever(), kNow)), ErrorCode::kIncorrectKeyMaterial);
  EXPECT_EQ(code(with_import(key, imported(2), as(ImportType::kExistingKeyMaterial), kNow)),
            ErrorCode::kIncorrectKeyMaterial);
  EXPECT_EQ(code(with_import(key, imported(1), as(ImportType::kNewKeyMaterial), kNow)),
            ErrorCode::kIncorrectKeyMaterial);
  ImportOptions named = forever();
  named.material_id = id_of(3);
  EXPECT_EQ(code(with_import(key, imported(1), named, kNow)), ErrorCode::kIncorrectKeyMaterial) << "another id";
}

TEST(ImportRules, NewMaterialWaitsUntilTheKeyRotates) {
  KeyRecord key = key_with({material(1)});
  const auto waiting = with_import(key, imported(2), as(ImportType::kNewKeyMaterial), kNow);
  ASSERT_TRUE(waiting);
  EXPECT_EQ(waiting->materials, key.materials);
  ASSERT_TRUE(waiting->pending_material);
  EXPECT_EQ(waiting->pending_material->material.id, id_of(2));
  EXPECT_EQ(waiting->pending_material->state, PendingMaterialState::kPendingRotation);
  EXPECT_EQ(waiting->state, KeyState::kEnabled);

  const auto third = with_import(*waiting, imported(3), as(ImportType::kNewKeyMaterial), kNow);
  EXPECT_EQ(code(third), ErrorCode::kKmsInvalidState);
  EXPECT_EQ(third.error().message(),
            "New key material (id: " + hex_encode(id_of(3)) +
                ") cannot be imported into KMS key 1234abcd-12ab-34cd-56ef-1234567890ab, because another key material "
                "(id: " +
                hex_encode(id_of(2)) + ") is pending rotation.");
  // It can come again, with another end.
  ImportOptions again{.type = ImportType::kExistingKeyMaterial, .valid_to = kNow + days(1)};
  const auto dated = with_import(*waiting, imported(2), again, kNow);
  ASSERT_TRUE(dated);
  EXPECT_EQ(dated->pending_material->material.valid_to, kNow + days(1));
  // Once that is reached it is not there, and other material may take its place.
  EXPECT_EQ(code(with_import(*dated, imported(2), again, kNow + days(1))), ErrorCode::kIncorrectKeyMaterial);
  EXPECT_EQ(
      with_import(*dated, imported(3), as(ImportType::kNewKeyMaterial), kNow + days(1))->pending_material->material.id,
      id_of(3));
}

TEST(ImportRules, AKeyWithOneMaterialForEverTakesNoOther) {
  for (const KeySpec spec : {KeySpec::kHmac256, KeySpec::kRsa2048, KeySpec::kEccNistEdwards25519}) {
    KeyRecord key = key_with({material(1)});
    key.spec = spec;
    EXPECT_TRUE(with_import(key, imported(1), forever(), kNow));
    EXPECT_EQ(code(with_import(key, imported(2), forever(), kNow)), ErrorCode::kIncorrectKeyMaterial);
    // Also for a caller that did not look at its options.
    EXPECT_EQ(code(with_import(key, imported(2), as(ImportType::kNewKeyMaterial), kNow)),
              ErrorCode::kIncorrectKeyMaterial);
  }
}

TEST(ImportRules, TheKeyIsEnabledAgainWithTheLastMaterialThatWasMissing) {
  KeyRecord key = key_with({material(1), material(2), material(3)});
  key.materials[0].token.clear();
  key.materials[2].token.clear();
  key.state = KeyState::kPendingImport;
  const auto one = with_import(key, imported(3), forever(), kNow);
  ASSERT_TRUE(one);
  EXPECT_EQ(one->state, KeyState::kPendingImport);
  const auto both = with_import(*one, imported(1), forever(), kNow);
  ASSERT_TRUE(both);
  EXPECT_EQ(both->state, KeyState::kEnabled);
  // New material does not replace what is missing.
  EXPECT_EQ(with_import(*one, imported(4), as(ImportType::kNewKeyMaterial), kNow)->state, KeyState::kPendingImport);
}

TEST(ImportRules, ExpiryThatNobodyWroteDownYetCounts) {
  const KeyRecord key = key_with({material(1, kNow + days(1)), material(2, kNow + days(2))});
  const WallTime later = kNow + days(2);
  const auto one = with_import(key, imported(2), forever(), later);
  ASSERT_TRUE(one);
  EXPECT_EQ(one->state, KeyState::kPendingImport) << "the other is still missing";
  EXPECT_EQ(with_import(*one, imported(1), forever(), later)->state, KeyState::kEnabled);
}

TEST(ImportRules, DeletingLeavesWhatRecognizesTheMaterial) {
  const KeyRecord key = key_with({material(1, std::nullopt, "one"), material(2, kNow + days(1), "two")});
  const auto current = without_material(key, std::nullopt);
  ASSERT_TRUE(current);
  EXPECT_TRUE(current->changed);
  EXPECT_EQ(current->material, id_of(2));
  EXPECT_EQ(current->key.materials[1], (Material{id_of(2), {}, std::nullopt, "two", std::nullopt}));
  EXPECT_EQ(current->key.materials[0], key.materials[0]);
  EXPECT_EQ(current->key.state, KeyState::kPendingImport);
  const auto named = without_material(key, id_of(1));
  ASSERT_TRUE(named);
  EXPECT_EQ(named->material, id_of(1));
  EXPECT_TRUE(named->key.materials[0].token.empty());
  EXPECT_EQ(named->key.state, KeyState::kPendingImport);
  // Again: nothing more.
  const auto again = without_material(named->key, id_of(1));
  ASSERT_TRUE(again);
  EXPECT_FALSE(again->changed);
  EXPECT_EQ(again->material, id_of(1));
  EXPECT_EQ(code(without_material(key, id_of(3))), ErrorCode::kNotFound);
  EXPECT_EQ(code(without_material(new_key(), id_of(1))), ErrorCode::kNotFound);
  const auto never = without_material(new_key(), std::nullopt);
  ASSERT_TRUE(never);
  EXPECT_FALSE(never->changed);
  EXPECT_FALSE(never->material);
}

TEST(ImportRules, StatesAfterTheLossOfMaterial) {
  const std::pair<KeyState, KeyState> rows[] = {
      {KeyState::kEnabled, KeyState::kPendingImport},
      {KeyState::kDisabled, KeyState::kPendingImport},
      {KeyState::kPendingImport, KeyState::kPendingImport},
      {KeyState::kPendingDeletion, KeyState::kPendingDeletion},
      {KeyState::kPendingReplicaDeletion, KeyState::kPendingReplicaDeletion},
  };
  for (const auto& [before, after] : rows) {
    KeyRecord key = key_with({material(1, kNow)});
    key.state = before;
    EXPECT_EQ(without_material(key, std::nullopt)->key.state, after) << name_of(before);
    EXPECT_EQ(without_expired(key, kNow)->key.state, after) << name_of(before);
  }
}

TEST(ImportRules, PendingMaterialGoesWholeAndTheStateStays) {
  KeyRecord key = key_with({material(1)});
  key.pending_material = PendingMaterial{material(2), PendingMaterialState::kPendingRotation};
  const auto gone = without_material(key, id_of(2));
  ASSERT_TRUE(gone);
  EXPECT_TRUE(gone->changed);
  EXPECT_FALSE(gone->key.pending_material);
  EXPECT_EQ(gone->key.state, KeyState::kEnabled);
  EXPECT_EQ(gone->key.materials, key.materials);
}

TEST(ImportRules, AnIdIsOnlyForKeysThatHaveVersions) {
  KeyRecord key = key_with({material(1)});
  key.spec = KeySpec::kHmac256;
  EXPECT_EQ(code(without_material(key, id_of(1))), ErrorCode::kUnsupportedOperation);
  EXPECT_TRUE(without_material(key, std::nullopt));
}

TEST(ImportRules, WhatExpiredIsAsIfItWasDeleted) {
  KeyRecord key = key_with({material(1, kNow, "one"), material(2, kNow + milliseconds(1)), material(3)});
  key.pending_material = PendingMaterial{material(4, kNow), PendingMaterialState::kPendingRotation};
  EXPECT_FALSE(without_expired(key, kNow - milliseconds(1)));
  const auto first = without_expired(key, kNow);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->expired, id_of(1));
  EXPECT_EQ(first->key.materials[0], (Material{id_of(1), {}, std::nullopt, "one", std::nullopt}));
  EXPECT_EQ(first->key.materials[1], key.materials[1]);
  EXPECT_TRUE(first->key.pending_material);
  EXPECT_EQ(first->key.state, KeyState::kPendingImport);
  const auto second = without_expired(first->key, kNow);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->expired, id_of(4));
  EXPECT_FALSE(second->key.pending_material);
  EXPECT_FALSE(without_expired(second->key, kNow));
  // The loss of what is pending alone leaves the key as it is.
  KeyRecord waiting = key_with({material(1)});
  waiting.pending_material = key.pending_material;
  EXPECT_EQ(without_expired(waiting, kNow)->key.state, KeyState::kEnabled);
}

TEST(ImportRules, ExpirationIsTheEarliestOfTheKey) {
  const auto shown = [](const KeyRecord& key) -> std::string {
    const auto expiration = expiration_of(key, kNow);
    if (!expiration) return "nothing";
    return std::string(name_of(expiration->model)) +
           (expiration->valid_to ? " " + format_iso8601(*expiration->valid_to) : "");
  };
  EXPECT_EQ(shown(test_key()), "nothing") << "AWS_KMS";
  EXPECT_EQ(shown(new_key()), "nothing") << "never imported";
  EXPECT_EQ(shown(key_with({material(1), material(2)})), "KEY_MATERIAL_DOES_NOT_EXPIRE");
  EXPECT_EQ(shown(key_with({material(1), material(2, kNow + days(5))})), "KEY_MATERIAL_EXPIRES 2027-01-20T08:00:00Z");
  EXPECT_EQ(shown(key_with({material(1, kNow + days(2)), material(2, kNow + days(5))})),
            "KEY_MATERIAL_EXPIRES 2027-01-17T08:00:00Z");
  KeyRecord missing = key_with({material(1), material(2, kNow + days(5))});
  missing.materials[0].token.clear();
  EXPECT_EQ(shown(missing), "nothing");
  EXPECT_EQ(shown(key_with({material(1, kNow)})), "nothing") << "expired";
}

TEST(ImportRules, DatesAreThoseOfAllMaterialOnce) {
  KeyRecord key = key_with({material(1, kNow), material(2), material(3, kNow)});
  key.pending_material = PendingMaterial{material(4, kNow + days(1)), PendingMaterialState::kPendingRotation};
  EXPECT_EQ(expiry_dates(key), (std::set<WallTime>{kNow, kNow + days(1)}));
  EXPECT_TRUE(expiry_dates(test_key()).empty());
}

TEST(ImportRules, AKeyThatIsEnabledWithoutMaterialIsPendingImport) {
  EXPECT_EQ(enabled_state(test_key(), kNow), KeyState::kEnabled);
  EXPECT_EQ(enabled_state(new_key(), kNow), KeyState::kPendingImport);
  EXPECT_EQ(enabled_state(key_with({material(1)}), kNow), KeyState::kEnabled);
  EXPECT_EQ(enabled_state(key_with({material(1, kNow)}), kNow), KeyState::kPendingImport);
  KeyRecord missing = key_with({material(1), material(2)});
  missing.materials[0].token.clear();
  EXPECT_EQ(enabled_state(missing, kNow), KeyState::kPendingImport);
}

// What with_import() and the others make must be what is written and read again.
TEST(ImportRules, WhatBecomesOfKeysCanBeStored) {
  KeyRecord key = *with_import(new_key(), imported(1), {.description = "a", .valid_to = kNow + days(1)}, kNow);
  key = *with_import(key, imported(2), as(ImportType::kNewKeyMaterial), kNow);
  for (const KeyRecord& each : {new_key(), key, without_material(key, std::nullopt)->key,
                                without_expired(key, kNow + days(1))->key, without_material(key, id_of(2))->key}) {
    const auto read = decode_key(each.scope, each.id, encode(each));
    ASSERT_TRUE(read) << read.error().detail();
    EXPECT_EQ(*read, each);
  }
}

}  // namespace
}  // namespace claviger::keys
