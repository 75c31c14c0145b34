// What related multi-Region keys tell each other: the inside of a replication message, which hsm/ seals together with
// the key material that it carries. Format: docs/formats/replication-message.md.
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
#include "keys/record.h"
#include "keys/types.h"

namespace claviger::keys {

// The numbers are stored. The order is that in which messages to one key are delivered.
enum class ReplicationKind : std::uint8_t {
  kCreate = 1,  // to a replica that is new: a SharedState with its start
  kState = 2,   // to a replica, or from a primary key to the one that takes its place: a SharedState
  kReport = 3,  // from a replica to the primary key: a ReplicaReport
};

// Which message: the key it is about, and between which Regions it travels.
struct ReplicationRoute {
  ReplicationKind kind = ReplicationKind::kState;
  Region from;
  Region to;
  AccountId account;
  KeyId key;
  Scope sender() const { return {account, from}; }
  Scope receiver() const { return {account, to}; }
  friend bool operator==(const ReplicationRoute&, const ReplicationRoute&) = default;
};

// What a new replica has for itself, as ReplicateKey was asked.
struct ReplicaStart {
  WallTime created{};
  std::string description;
  std::string policy;
  std::vector<PrincipalBinding> policy_bindings;
  std::vector<Tag> tags;
  friend bool operator==(const ReplicaStart&, const ReplicaStart&) = default;
};

// Everything that related keys share, whole: what came before it need not be known to apply it.
struct SharedState {
  KeySpec spec = KeySpec::kSymmetricDefault;
  KeyUsage usage = KeyUsage::kEncryptDecrypt;
  KeyOrigin origin = KeyOrigin::kAwsKms;
  MultiRegion multi_region;
  std::optional<AutomaticRotation> rotation;
  Bytes public_key;
  // Without tokens, which are of one Region, and without expiry, which is of one replica: both are empty in a message.
  std::vector<Material> materials;
  std::optional<PendingMaterial> pending_material;
  std::optional<ReplicaStart> start;
  friend bool operator==(const SharedState&, const SharedState&) = default;
};

// What became of a replica.
struct ReplicaReport {
  enum class What : std::uint8_t {
    kDeleted = 1,
    kHasPendingMaterial = 2,  // the one with the id `material`
  };
  What what = What::kDeleted;
  std::array<std::uint8_t, 32> material{};  // zeros for kDeleted
  friend bool operator==(const ReplicaReport&, const ReplicaReport&) = default;
};

// A state with tokens or expiry is a broken invariant.
Bytes encode(const SharedState& state);
Bytes encode(const ReplicaReport& report);

// kCorrupt for anything that encode() does not make.
[[nodiscard]] Result<SharedState> decode_shared_state(ByteSpan bytes);
[[nodiscard]] Result<ReplicaReport> decode_replica_report(ByteSpan bytes);

}  // namespace claviger::keys
