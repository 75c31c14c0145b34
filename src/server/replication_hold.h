// Multi-Region keys that a development server keeps Creating and Updating: what related keys of these ids owe each
// other stays owed.
#pragma once

#include <cstddef>
#include <set>
#include <utility>

#include "base/guarded.h"
#include "base/identifiers.h"

namespace claviger::server {

inline constexpr std::size_t kMaxHeldKeys = 1'000;

// In memory: after a restart nothing is held. Thread-safe.
class ReplicationHold final {
 public:
  // In place of all that were held, in every account. Of these, nothing that changes after this returns is delivered;
  // what was under way may still arrive. The replicator does not hear of it: see Replicator::resume().
  void set(std::set<KeyId> keys) {
    keys_.with([&](std::set<KeyId>& held) { held = std::move(keys); });
  }
  std::set<KeyId> keys() const {
    return keys_.with([](const std::set<KeyId>& held) { return held; });
  }
  bool holds(const KeyId& key) const {
    return keys_.with([&](const std::set<KeyId>& held) { return held.contains(key); });
  }

 private:
  Guarded<std::set<KeyId>> keys_;
};

}  // namespace claviger::server
