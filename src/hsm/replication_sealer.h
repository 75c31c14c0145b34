// Key material on its way from a multi-Region key to a related one (docs/formats/replication-message.md).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/identifiers.h"
#include "base/random.h"
#include "base/result.h"
#include "hsm/session.h"

namespace claviger::hsm {

class Keyring;

// Stands in clear before the message, and is authenticated: who is to have it, and from whom.
struct ReplicationAddress {
  std::uint8_t kind = 0;  // keys::ReplicationKind
  Region from;
  Region to;
  AccountId account;
  KeyId key;
  friend bool operator==(const ReplicationAddress&, const ReplicationAddress&) = default;
};

struct ReplicatedMaterial {
  MaterialId id{};
  Bytes token;  // of the sender's record before sealing, for the receiver's record after opening
  friend bool operator==(const ReplicatedMaterial&, const ReplicatedMaterial&) = default;
};

struct ReplicationContent {
  // As the API names them; the receiver's record must have the same.
  std::string key_spec;
  std::string origin;
  Bytes payload;  // of keys/
  std::vector<ReplicatedMaterial> materials;
};

// Seals messages between the Regions of this deployment, under a key derived from its root key. The material is
// unwrapped from the sender's tokens and wrapped in the receiver's inside this class; nothing else sees it, and both
// copies are wiped. Not thread-safe.
class ReplicationSealer final {
 public:
  // The longest message; what a key record can hold is well below.
  static constexpr std::size_t kMaxMessageBytes = 1024 * 1024;

  // `random` must outlive the sealer and be used by nobody else, or be thread-safe itself; the keyring must outlive it.
  ReplicationSealer(const Keyring& keyring, RandomSource& random);
  ~ReplicationSealer();
  ReplicationSealer(const ReplicationSealer&) = delete;
  ReplicationSealer& operator=(const ReplicationSealer&) = delete;

  // kCorrupt when a token does not open for the key in `address.from`; kInternal when the message would be too long.
  [[nodiscard]] Result<Bytes> seal(const ReplicationAddress& address, const ReplicationContent& content);

  struct Opened {
    ReplicationAddress address;
    ReplicationContent content;
  };
  // The tokens are for the key in `address.to`, under the active domain key. kCorrupt for whatever seal() of this
  // deployment did not make.
  [[nodiscard]] Result<Opened> open(ByteSpan message);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace claviger::hsm
