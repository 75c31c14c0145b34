// What one event loop remembers of keys, aliases and grants: found without a lock and without a disk.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "api/snapshot.h"
#include "base/result.h"
#include "http/handler.h"
#include "keys/layout.h"
#include "server/blocking_pool.h"
#include "server/snapshot_loader.h"
#include "store/store.h"

namespace claviger::server {

// A cache of snapshots of one kind, filled on first use and emptied by the feed of changes. All functions are called
// on the loop's thread only.
template <class Place, class Snapshot, class Hash>
class SnapshotCache final {
 public:
  using Pointer = std::shared_ptr<const Snapshot>;
  using Loaded = std::move_only_function<void(Result<Pointer>)>;
  using Load = std::function<Result<Pointer>(const Place&)>;

  // `load` may block; it runs on the pool. At most `capacity` snapshots are kept.
  SnapshotCache(http::Loop& loop, BlockingPool& pool, std::size_t capacity, Load load)
      : loop_(loop), pool_(pool), capacity_(capacity), load_(std::move(load)) {}

  // nullptr when it is not in memory.
  const Pointer* find(const Place& place) const {
    const auto at = cached_.find(place);
    return at == cached_.end() ? nullptr : &at->second;
  }

  // Reads the snapshot from the store and calls `loaded` on the loop: nullptr when there is none. Whoever asks while a
  // load is under way shares it. kThrottling when too much waits for the store.
  void load(const Place& place, Loaded loaded) {
    Waiting& waiting = loading_[place];
    waiting.callbacks.push_back(std::move(loaded));
    if (waiting.callbacks.size() == 1) start(place);
  }

  // The stored record changed: what is in memory, or being read, is old.
  void forget(const Place& place) {
    cached_.erase(place);
    const auto at = loading_.find(place);
    if (at != loading_.end()) at->second.outdated = true;
  }

 private:
  struct Waiting {
    std::vector<Loaded> callbacks;
    bool outdated = false;  // the record changed after the load began
  };

  void start(const Place& place) {
    loading_[place].outdated = false;
    const bool accepted = pool_.submit([this, place] {
      loop_.post([this, place, result = load_(place)]() mutable { finish(place, std::move(result)); });
    });
    if (accepted) return;
    // Not at once: whoever asked is not prepared to be called back while asking.
    loop_.post([this, place] { finish(place, fail(ErrorCode::kThrottling, "Rate exceeded")); });
  }

  void finish(const Place& place, Result<Pointer> result) {
    const auto at = loading_.find(place);
    if (at->second.outdated && result) return start(place);
    std::vector<Loaded> callbacks = std::move(at->second.callbacks);
    loading_.erase(at);
    if (result && *result != nullptr) {
      // Any one of them goes: which keys are used again cannot be told without a cost on every use.
      if (cached_.size() >= capacity_) cached_.erase(cached_.begin());
      cached_.insert_or_assign(place, *result);
    }
    for (Loaded& callback : callbacks) callback(result);
  }

  http::Loop& loop_;
  BlockingPool& pool_;
  const std::size_t capacity_;
  const Load load_;
  std::unordered_map<Place, Pointer, Hash> cached_;
  std::unordered_map<Place, Waiting, Hash> loading_;
};

struct KeyPlaceHash {
  std::size_t operator()(const keys::layout::KeyPlace& place) const {
    return std::hash<KeyId>()(place.id) ^ std::hash<Region>()(place.scope.region);
  }
};
struct AliasPlaceHash {
  std::size_t operator()(const keys::layout::AliasPlace& place) const {
    return std::hash<std::string>()(place.name.text()) ^ std::hash<Scope>()(place.scope);
  }
};

struct GrantPlaceHash {
  std::size_t operator()(const keys::layout::GrantPlace& place) const {
    return std::hash<std::string_view>()(place.grant.view());
  }
};
struct GranteePlaceHash {
  std::size_t operator()(const keys::layout::GranteePlace& place) const {
    return KeyPlaceHash()(place.key) * 1099511628211u ^ std::hash<std::string>()(place.grantee);
  }
};

class Directory final {
 public:
  using Keys = SnapshotCache<keys::layout::KeyPlace, api::KeySnapshot, KeyPlaceHash>;
  using Aliases = SnapshotCache<keys::layout::AliasPlace, api::AliasSnapshot, AliasPlaceHash>;

  // What decisions ask; that somebody has no grant on a key is remembered too.
  using Grantees = SnapshotCache<keys::layout::GranteePlace, api::GranteeSnapshot, GranteePlaceHash>;
  // What RetireGrant asks.
  using Grants = SnapshotCache<keys::layout::GrantPlace, api::GrantSnapshot, GrantPlaceHash>;

  // All three must outlive the directory, and the loop must have stopped before it goes.
  Directory(http::Loop& loop, BlockingPool& pool, SnapshotLoader& loader, std::size_t capacity);

  Keys& keys() { return keys_; }
  Aliases& aliases() { return aliases_; }
  Grantees& grantees() { return grantees_; }
  Grants& grants() { return grants_; }
  // Forgets what a commit changed.
  void apply(const std::vector<store::Change>& changes);

 private:
  Keys keys_;
  Aliases aliases_;
  Grantees grantees_;
  Grants grants_;
};

}  // namespace claviger::server
