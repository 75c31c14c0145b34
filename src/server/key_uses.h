// Which key was last used when (API page "GetKeyLastUsage"): noted on each event loop without a lock, gathered from the
// loops when somebody asks, and written down in groups. What is not written down when the process is killed is lost,
// which is at most what happened within kWriteInterval.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/guarded.h"
#include "http/handler.h"
#include "keys/last_use.h"
#include "keys/layout.h"
#include "server/directory.h"
#include "server/forwarding_store.h"
#include "store/store.h"

namespace claviger::server {

class KeyUses;

// What one loop noted. On the loop's thread only.
class LoopKeyUses final {
 public:
  // `shared` outlives it.
  explicit LoopKeyUses(KeyUses& shared) : shared_(shared) {}
  // A use as keys::LastUse has it. Allocates nothing for a key that was noted before.
  struct Use {
    WallTime time;
    keys::TrackedOperation operation;
    std::string_view event_id;
    std::string_view request_id;
  };
  void note(const keys::layout::KeyPlace& key, const Use& use);

 private:
  friend class KeyUses;
  KeyUses& shared_;
  std::unordered_map<keys::layout::KeyPlace, keys::LastUse, KeyPlaceHash> noted_;
};

class KeyUses final {
 public:
  // AWS KMS may lag an hour.
  static constexpr std::chrono::minutes kWriteInterval{15};
  // Of so many keys a loop hands over what it noted, and beyond so many it is written down without waiting.
  static constexpr std::size_t kMaxKeysOfLoop = 10'000;
  static constexpr std::size_t kMaxKeysWaiting = 50'000;

  // Both outlive it.
  KeyUses(store::Store& store, const Clock& clock);

  // Before the loops run; both outlive this object's use.
  void attach(http::Loop& loop, LoopKeyUses& uses);

  // The last use of the key that is known, written down or not; nullopt: none. Blocks: it reads the store and asks
  // every loop. A use whose reply was sent before the call is known, but for a loop that does not answer within a
  // second. kCorrupt when the record does not decode. Thread-safe, never on an event loop.
  [[nodiscard]] Result<std::optional<keys::LastUse>> find(const keys::layout::KeyPlace& key);

  // Writes down since when uses are, unless that stands in the store already. Blocks.
  [[nodiscard]] Status begin();

  // The following block, and are called by the one thread that also deletes keys: what is written of a key is so
  // deleted with it, and not written again.
  //
  // Writes down what is known, when kWriteInterval has passed or much waits. What a failure keeps from being written
  // stays for the next time.
  [[nodiscard]] Status write_down_when_due();
  // Likewise at once. `loops_stopped`: the loops run no more, and what they noted is taken where it is.
  [[nodiscard]] Status write_down(bool loops_stopped = false);

 private:
  friend class LoopKeyUses;
  using Uses = std::unordered_map<keys::layout::KeyPlace, keys::LastUse, KeyPlaceHash>;

  // Has every loop hand over what it noted. A loop that does not answer within a second is left out.
  void gather();
  void take(Uses uses);
  Status write_group(const std::vector<Uses::value_type>& group);

  store::Store& store_;
  const Clock& clock_;
  struct Source {
    http::Loop* loop;
    LoopKeyUses* uses;
  };
  std::vector<Source> sources_;
  WallTime written_;
  Guarded<Uses> waiting_;
};

// The store as handlers read it: the record of a key's last use is there as soon as the use is, though it is not
// written down yet (its revision is then 0). All else is the store's own.
class StoreWithUses final : public ForwardingStore {
 public:
  // Both outlive it.
  StoreWithUses(store::Store& store, KeyUses& uses) : ForwardingStore(store), uses_(uses) {}

  Result<std::optional<store::Record>> get(std::string_view key) override;

 private:
  KeyUses& uses_;
};

}  // namespace claviger::server
