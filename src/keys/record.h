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

// One version of a KMS key's material: its public id, and the backing key as a key token, which only hsm/ can open.
struct Material {
  std::array<std::uint8_t, 32> id{};
  Bytes token;
  friend bool operator==(const Material&, const Material&) = default;
};

struct KeyRecord {
  Scope scope;
  KeyId id;
  KeySpec spec = KeySpec::kSymmetricDefault;
  KeyUsage usage = KeyUsage::kEncryptDecrypt;
  KeyOrigin origin = KeyOrigin::kAwsKms;
  KeyState state = KeyState::kEnabled;
  WallTime created{};
  // Set exactly while the state is kPendingDeletion.
  std::optional<WallTime> deletion_date;
  std::string description;
  // The key policy's text as it was put; empty stands for the account's default key policy.
  std::string policy;
  // The users and roles that the policy names, and who they were when it was put; at most 65,535.
  std::vector<PrincipalBinding> policy_bindings;
  std::vector<Tag> tags;
  // Of asymmetric specs, a DER SubjectPublicKeyInfo; of the others empty.
  Bytes public_key;
  // Oldest first; the last is the one that encrypts. Never empty.
  std::vector<Material> materials;

  std::string arn() const { return key_arn(scope, id); }
  const Material& current_material() const { return materials.back(); }
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

// kCorrupt for anything that encode() does not make or, of a key, did not make in version 1. `scope` and `id` come from
// the store key: they are not written into the record, but a record's seal binds it to its store key.
[[nodiscard]] Result<KeyRecord> decode_key(const Scope& scope, const KeyId& id, ByteSpan bytes);
[[nodiscard]] Result<AliasRecord> decode_alias(ByteSpan bytes);
[[nodiscard]] Result<TombstoneRecord> decode_tombstone(ByteSpan bytes);

}  // namespace claviger::keys
