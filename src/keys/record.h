// What is stored about a KMS key, an alias and a deleted key, and how it is written down. Formats:
// docs/formats/key-record.md.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/identifiers.h"
#include "base/result.h"
#include "keys/types.h"

namespace claviger::keys {

struct Tag {
  std::string key;
  std::string value;
  friend bool operator==(const Tag&, const Tag&) = default;
};

// How a version of a key's material became the current one.
struct MaterialRotation {
  WallTime date{};
  RotationType type = RotationType::kAutomatic;
  friend bool operator==(const MaterialRotation&, const MaterialRotation&) = default;
};

// One version of a KMS key's material: its public id, and the backing key as a key token, which only hsm/ can open.
struct Material {
  std::array<std::uint8_t, 32> id{};
  // Empty: imported once, here or in the primary key, and not there now; the key then cannot be used.
  Bytes token;
  // Absent for the key's first material, and for one that is pending.
  std::optional<MaterialRotation> rotation = std::nullopt;
  // Of imported material.
  std::string description = {};
  // Of imported material that is there and expires: from then on it is as if it were not there.
  std::optional<WallTime> valid_to = std::nullopt;
  friend bool operator==(const Material&, const Material&) = default;
};

// Material that is not part of the key yet and encrypts nothing: imported and not yet rotated to, or of a multi-Region
// key and not yet with all replicas. Its `rotation`, if it has one, says since when and by what it is to be rotated to.
struct PendingMaterial {
  Material material;
  PendingMaterialState state = PendingMaterialState::kPendingRotation;
  friend bool operator==(const PendingMaterial&, const PendingMaterial&) = default;
};

struct AutomaticRotation {
  std::uint16_t period_days = 365;
  WallTime next{};
  friend bool operator==(const AutomaticRotation&, const AutomaticRotation&) = default;
};

struct Replica {
  Region region;
  // Whether it has the pending material that the primary key has.
  bool has_pending_material = false;
  friend bool operator==(const Replica&, const Replica&) = default;
};

// The keys that a multi-Region key is related to, itself included.
struct MultiRegion {
  Region primary;
  std::vector<Replica> replicas;
  // Grows with each change of what related keys share: the primary key's is the newest.
  std::uint64_t version = 0;
  friend bool operator==(const MultiRegion&, const MultiRegion&) = default;
};

struct KeyRecord {
  Scope scope;
  KeyId id;
  KeySpec spec = KeySpec::kSymmetricDefault;
  KeyUsage usage = KeyUsage::kEncryptDecrypt;
  KeyOrigin origin = KeyOrigin::kAwsKms;
  KeyManager manager = KeyManager::kCustomer;
  KeyState state = KeyState::kEnabled;
  // The state that follows; set exactly while the state is kUpdating.
  std::optional<KeyState> next_state;
  WallTime created{};
  // Set exactly while the state is kPendingDeletion.
  std::optional<WallTime> deletion_date;
  // The waiting period, in days, that is still to begin; set exactly while the state is kPendingReplicaDeletion.
  std::optional<std::uint8_t> pending_window_days;
  std::string description;
  // The key policy's text as it was put; empty stands for the account's default key policy.
  std::string policy;
  // The users and roles that the policy names, and who they were when it was put; at most 65,535.
  std::vector<PrincipalBinding> policy_bindings;
  std::vector<Tag> tags;
  // Of asymmetric specs that have material, a DER SubjectPublicKeyInfo; else empty.
  Bytes public_key;
  // Oldest first; the last is the one that encrypts. Empty only for a key of origin EXTERNAL before the first import
  // and for a replica that is being created.
  std::vector<Material> materials;
  // Of origin EXTERNAL, and of multi-Region keys.
  std::optional<PendingMaterial> pending_material;
  // Automatic rotation, where it is enabled. While the key is pending deletion it is shown as disabled.
  std::optional<AutomaticRotation> rotation;
  // Exactly of keys whose id is a multi-Region key's.
  std::optional<MultiRegion> multi_region;

  std::string arn() const { return key_arn(scope, id); }
  // There is one in every state in which the key can be used.
  const Material& current_material() const { return materials.back(); }
  bool is_primary() const { return multi_region && multi_region->primary == scope.region; }
  bool is_replica() const { return multi_region && !is_primary(); }
  // nullptr when no version has this id.
  const Material* find_material(const std::array<std::uint8_t, 32>& wanted) const;
  friend bool operator==(const KeyRecord&, const KeyRecord&) = default;
};

// An alias; its name and scope are in the store key.
struct AliasRecord {
  KeyId target;
  WallTime created{};
  WallTime updated{};
  friend bool operator==(const AliasRecord&, const AliasRecord&) = default;
};

// What stays of a deleted key: never the material.
struct TombstoneRecord {
  WallTime created{};
  WallTime deleted{};
  KeySpec spec = KeySpec::kSymmetricDefault;
  friend bool operator==(const TombstoneRecord&, const TombstoneRecord&) = default;
};

Bytes encode(const KeyRecord& record);
Bytes encode(const AliasRecord& record);
Bytes encode(const TombstoneRecord& record);

// kCorrupt for anything that encode() does not make or, of a key, did not make in an earlier version. `scope` and `id`
// come from the store key: they are not written into the record, but a record's seal binds it to its store key.
[[nodiscard]] Result<KeyRecord> decode_key(const Scope& scope, const KeyId& id, ByteSpan bytes);
[[nodiscard]] Result<AliasRecord> decode_alias(ByteSpan bytes);
[[nodiscard]] Result<TombstoneRecord> decode_tombstone(ByteSpan bytes);

}  // namespace claviger::keys
