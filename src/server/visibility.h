// Changes that a development server lets become visible late, as AWS's do: "eventual consistency".
//
// What was changed is stored, recorded and acknowledged at once. What decisions and key identifiers see of it is held
// back here, in memory, until the clock of the server has moved on. A grant token shows its grant at once.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "api/snapshot.h"
#include "base/bytes.h"
#include "base/clock.h"
#include "base/guarded.h"
#include "hsm/purpose_sealer.h"
#include "keys/layout.h"
#include "policy/document.h"
#include "server/resolved.h"
#include "store/store.h"

namespace claviger::server {

// How long each kind of change is held back; zero: not at all.
struct VisibilityDelays {
  std::chrono::milliseconds grants{0}, aliases{0}, policies{0};
};

// The grants whose tokens stand in the body of a request to KMS (`GrantTokens`, which every action with them has under
// this name). What is no token of this Region is left out: to refuse it is up to the action.
std::vector<keys::layout::GrantPlace> grants_named_by(ByteSpan body, hsm::PurposeSealer& tokens, const Region& region);

// Thread-safe.
class Visibility final {
 public:
  // Of changes that are held back beyond so many, the next is visible at once.
  static constexpr std::size_t kMaxHeld = 10'000;

  // `clock` outlives this.
  explicit Visibility(const Clock& clock) : clock_(clock) {}

  // For the changes from now on; what is held back already stays so for as long as it was to.
  void set(VisibilityDelays delays);
  VisibilityDelays delays() const;

  // A change that is about to be committed, by a call that found `resolved`: holds back what it makes new. A grant in
  // it, an alias that is made or points to another key, and, if it `sets_policy`, the policy of its first key.
  void hold(const store::Commit& commit, std::span<const Resolved> resolved, bool sets_policy);

  // Whether anything may be held back. False costs one comparison.
  bool active() const { return held_any_.load(std::memory_order_acquire); }
  bool hides(const keys::layout::GrantPlace& grant) const;
  // What a request that calls a key by its alias finds, where it would find `alias`, which may be null.
  std::shared_ptr<const api::AliasSnapshot> seen(const keys::layout::AliasPlace& place,
                                                 std::shared_ptr<const api::AliasSnapshot> alias) const;
  // The same key with the policy and the aliases that decisions see; its record is the true one.
  std::shared_ptr<const api::KeySnapshot> seen(std::shared_ptr<const api::KeySnapshot> key) const;

 private:
  struct HeldAlias {
    WallTime until;
    std::shared_ptr<const api::AliasSnapshot> before;  // null: there was none
    keys::layout::AliasPlace place;
    KeyId now;
  };
  struct HeldPolicy {
    WallTime until;
    std::shared_ptr<const policy::Document> before;
  };
  // By store key.
  struct Held {
    VisibilityDelays delays;
    std::map<std::string, WallTime, std::less<>> grants;
    std::map<std::string, HeldAlias, std::less<>> aliases;
    std::map<std::string, HeldPolicy, std::less<>> policies;
    std::size_t size() const { return grants.size() + aliases.size() + policies.size(); }
  };
  static void forget(Held& held, WallTime now);

  const Clock& clock_;
  Guarded<Held> held_;
  std::atomic<bool> held_any_ = false;
};

}  // namespace claviger::server
