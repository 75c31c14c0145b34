// Related keys with imported material: each has its own copy.
#include <gtest/gtest.h>

#include <optional>
#include <utility>
#include <vector>

#include "keys/import_rules.h"
#include "keys/multi_region_family.h"
#include "keys/multi_region_rules.h"
#include "keys/rotation_rules.h"

namespace claviger::keys {
namespace {

// A primary key with imported material and replicas that have it too.
Family imported_family(const std::vector<Region>& replicas) {
  Family family;
  KeyRecord& primary = family.at(kHere);
  primary.origin = KeyOrigin::kExternal;
  primary.rotation.reset();
  for (const Region& region : replicas) family.replicate(region);
  family.deliver();
  for (const Region& region : replicas) family.at(region).origin = KeyOrigin::kExternal;
  return family;
}

const MaterialId kNext = [] {
  MaterialId id{};
  id.fill(9);
  return id;
}();

void import(Family& family, const Region& region, const MaterialId& id, std::optional<ImportType> type = std::nullopt) {
  NewMaterial wrapped{.id = id, .token = {9}, .public_key = {}};
  const ImportOptions options{.type = type, .expiration_model = ExpirationModel::kDoesNotExpire};
  const KeyRecord old = family.at(region);
  Result<KeyRecord> next = with_import(old, std::move(wrapped), options, kNow);
  ASSERT_TRUE(next.has_value()) << next.error().detail();
  family.at(region) = *std::move(next);
  if (const auto report = report_due(family.at(region))) {
    family.reports.push_back({region, family.at(region).multi_region->primary, *report});
  }
  family.changed(old, region);
}

PendingMaterialState pending_state(const KeyRecord& key) { return key.pending_material->state; }

TEST(ImportedReplication, AReplicaLacksTheMaterialUntilItIsImportedThereToo) {
  Family family = imported_family({kThere});
  KeyRecord& replica = family.at(kThere);
  EXPECT_EQ(replica.state, KeyState::kPendingImport);
  ASSERT_EQ(replica.materials.size(), 1u);
  EXPECT_EQ(replica.materials[0].id, family.at(kHere).materials[0].id);
  EXPECT_TRUE(replica.materials[0].token.empty());
  const MaterialId first = replica.materials[0].id;
  import(family, kThere, first);
  EXPECT_EQ(replica.state, KeyState::kEnabled);
  EXPECT_TRUE(family.owed.empty()) << "whether it is there is each key's own";
}

TEST(ImportedReplication, NewMaterialIsForThePrimaryKeyFirst) {
  Family family = imported_family({kThere});
  NewMaterial wrapped{.id = {9}, .token = {9}, .public_key = {}};
  const ImportOptions options{.type = ImportType::kNewKeyMaterial, .expiration_model = ExpirationModel::kDoesNotExpire};
  const auto refused = with_import(family.at(kThere), wrapped, options, kNow);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code(), ErrorCode::kUnsupportedOperation);
}

TEST(ImportedReplication, PendingMaterialWaitsForEveryReplica) {
  Family family = imported_family({kThere, kElsewhere});
  import(family, kHere, kNext, ImportType::kNewKeyMaterial);
  EXPECT_EQ(pending_state(family.at(kHere)), PendingMaterialState::kPendingMultiRegionImportAndRotation);
  family.deliver();
  EXPECT_TRUE(family.at(kThere).pending_material->material.token.empty());
  import(family, kThere, kNext);
  family.deliver();
  EXPECT_EQ(pending_state(family.at(kHere)), PendingMaterialState::kPendingMultiRegionImportAndRotation)
      << "one of two";
  import(family, kElsewhere, kNext);
  family.deliver();
  for (const auto& [region, key] : family.keys) {
    EXPECT_EQ(pending_state(key), PendingMaterialState::kPendingRotation) << region.view();
    EXPECT_FALSE(key.pending_material->material.token.empty()) << region.view();
  }
  const KeyRecord old = family.at(kHere);
  add_replica(family.at(kHere), *Region::parse("eu-west-2"), {});
  EXPECT_EQ(pending_state(family.at(kHere)), PendingMaterialState::kPendingMultiRegionImportAndRotation)
      << "a new one lacks it";
  family.at(kHere) = old;
  family.reports.push_back({kThere, kHere, {}});
  family.deliver();
  EXPECT_EQ(pending_state(family.at(kHere)), PendingMaterialState::kPendingRotation) << "one less";
}

TEST(ImportedReplication, APromotedKeyCannotRotateToWhatItLacksItself) {
  Family family = imported_family({kThere});
  import(family, kThere, family.at(kHere).materials[0].id);
  import(family, kHere, kNext, ImportType::kNewKeyMaterial);
  family.deliver();
  family.promote(kHere, kThere);
  family.deliver();
  ASSERT_TRUE(family.at(kThere).is_primary());
  ASSERT_TRUE(family.at(kThere).multi_region->replicas[0].has_pending_material);
  EXPECT_EQ(pending_state(family.at(kThere)), PendingMaterialState::kPendingMultiRegionImportAndRotation);
  const ImportOptions options{.type = ImportType::kNewKeyMaterial, .expiration_model = ExpirationModel::kDoesNotExpire};
  const auto other = with_import(family.at(kThere), {.id = {7}, .token = {7}, .public_key = {}}, options, kNow);
  ASSERT_FALSE(other.has_value());
  EXPECT_EQ(other.error().code(), ErrorCode::kKmsInvalidState) << "it has to be deleted first";
  import(family, kThere, kNext);
  EXPECT_EQ(pending_state(family.at(kThere)), PendingMaterialState::kPendingRotation);
}

TEST(ImportedReplication, RotationTakesEachCopyAlong) {
  Family family = imported_family({kThere});
  const MaterialId first = family.at(kHere).materials[0].id;
  import(family, kThere, first);
  import(family, kHere, kNext, ImportType::kNewKeyMaterial);
  family.deliver();
  import(family, kThere, kNext);
  family.deliver();
  family.change(kHere, [](KeyRecord& key) {
    Material next = std::exchange(key.pending_material, std::nullopt)->material;
    rotate(key, std::move(next), RotationType::kOnDemand, kNow);
  });
  family.deliver();
  for (const auto& [region, key] : family.keys) {
    ASSERT_EQ(key.materials.size(), 2u) << region.view();
    EXPECT_EQ(key.current_material().token, Bytes{9}) << region.view();
    EXPECT_FALSE(key.pending_material.has_value());
    EXPECT_EQ(key.state, KeyState::kEnabled);
  }
}

TEST(ImportedReplication, WhatTheReplicaLostItLacksAfterTheRotation) {
  Family family = imported_family({kThere});
  import(family, kThere, family.at(kHere).materials[0].id);
  import(family, kHere, kNext, ImportType::kNewKeyMaterial);
  family.deliver();
  import(family, kThere, kNext);
  family.deliver();
  const auto deleted = without_material(family.at(kThere), kNext);
  ASSERT_TRUE(deleted && deleted->changed);
  family.at(kThere) = deleted->key;
  EXPECT_TRUE(family.at(kThere).pending_material->material.token.empty());
  EXPECT_EQ(family.at(kThere).state, KeyState::kEnabled);
  EXPECT_FALSE(without_material(family.at(kThere), kNext)->changed) << "gone already";
  family.change(kHere, [](KeyRecord& key) {
    Material next = std::exchange(key.pending_material, std::nullopt)->material;
    rotate(key, std::move(next), RotationType::kOnDemand, kNow);
  });
  family.deliver();
  EXPECT_EQ(family.at(kThere).state, KeyState::kPendingImport);
}

TEST(ImportedReplication, WhatThePrimaryKeyDropsTheReplicasDrop) {
  Family family = imported_family({kThere});
  import(family, kHere, kNext, ImportType::kNewKeyMaterial);
  family.deliver();
  import(family, kThere, kNext);
  family.deliver();
  const KeyRecord before = family.at(kThere);
  family.change(kHere, [](KeyRecord& key) { key = without_material(key, kNext)->key; });
  family.deliver();
  EXPECT_FALSE(family.at(kHere).pending_material || family.at(kThere).pending_material);
  EXPECT_TRUE(has_lost_token(before, family.at(kThere)));
  EXPECT_FALSE(has_lost_token(before, before));
}

}  // namespace
}  // namespace claviger::keys
