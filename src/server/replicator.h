// Brings what related multi-Region keys owe each other from one to the other: the service behind ReplicateKey,
// UpdatePrimaryRegion and every change of what they share.
//
// That a message is owed is written in the commit that makes it so (keys/replication_layout.h). The message itself is
// made of the sender's record when it is delivered, so that it is the newest there is and no copy of key material waits
// in the store. It travels sealed, through ReplicationReceiver::receive() and nothing else.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "hsm/keyring.h"
#include "hsm/replication_sealer.h"
#include "keys/record.h"
#include "keys/replication_message.h"
#include "server/log.h"
#include "server/recorder.h"
#include "server/replication_hold.h"
#include "store/store.h"

namespace claviger::server {

// The end at which messages arrive. Used by one thread at a time.
class ReplicationReceiver final {
 public:
  // All must outlive it; `random` is used by nobody else meanwhile, or is thread-safe.
  ReplicationReceiver(Recorder& recorder, store::Store& store, hsm::ReplicationSealer& sealer, const Clock& clock,
                      RandomSource& random)
      : recorder_(recorder), store_(store), sealer_(sealer), clock_(clock), random_(random) {}

  // Opens the message and changes the key it is for, with an intent and an event in that key's Region; a message that
  // says nothing new, or whose key is gone, changes nothing. `owed`, where the sender is this deployment too, is the
  // entry that is gone with the same commit. True when it is done, false when key or entry were changed meanwhile: then
  // the message is to be sent again, made anew. Blocks. kCorrupt for what the sealer does not open or the key cannot
  // be; the errors of store and recorder.
  [[nodiscard]] Result<bool> receive(ByteSpan message, const store::Entry* owed);

 private:
  struct Arrival;
  Result<bool> apply(Arrival& arrival, std::vector<store::Mutation>& mutations) const;
  Result<bool> commit(const Arrival& arrival, store::Commit commit);
  std::string event(const Arrival& arrival, std::string_view event_id, std::string_view failure = {}) const;

  Recorder& recorder_;
  store::Store& store_;
  hsm::ReplicationSealer& sealer_;
  const Clock& clock_;
  RandomSource& random_;
};

class Replicator final {
 public:
  // All must outlive it; `random` is used by nobody else meanwhile, or is thread-safe. `hold`: whose messages stay
  // owed; null: nobody's.
  Replicator(Recorder& recorder, store::Store& store, const hsm::Keyring& keyring, const Clock& clock,
             RandomSource& random, Logger& logger, const ReplicationHold* hold = nullptr);
  ~Replicator();

  // Delivers everything that is owed and not held, and what is owed because of that, and returns how many messages that
  // were. Blocks. What is damaged stays, keeps nothing else from being delivered, and is reported last (kCorrupt); the
  // errors of store and recorder end it. Not while the thread runs.
  [[nodiscard]] Result<std::size_t> run_once();

  // Delivers from now on in a thread of its own: at once what notice() tells of; what a failure, or somebody faster,
  // left, after kFirstWait and then at growing intervals up to `interval`.
  void start(std::chrono::milliseconds interval);
  // Returns when the thread has ended; what is still owed is delivered by the next start.
  void stop();
  // For the store's change listener: never blocks for long.
  void notice(const std::vector<store::Change>& changes);
  // Lets the thread look again at once, because what was held may be so no more. As notice(); from any thread.
  void resume();

 private:
  static constexpr std::chrono::milliseconds kFirstWait{200};
  enum class Delivery : std::uint8_t;
  struct Pass;
  Result<Delivery> deliver(const store::Entry& entry);
  Result<std::optional<Bytes>> message_of(const keys::ReplicationRoute& route, const store::Entry& owed);
  Result<std::optional<keys::KeyRecord>> read_key(const Scope& scope, const KeyId& id);
  Status drop(const store::Entry& owed);
  void run_until_stopped();

  store::Store& store_;
  Logger& logger_;
  const ReplicationHold* const hold_;
  hsm::ReplicationSealer sealer_;
  ReplicationReceiver receiver_;

  std::chrono::milliseconds interval_{};
  std::mutex mutex_;
  std::condition_variable wake_;
  bool owed_ = true;   // since the last look; at first nobody has looked
  bool left_ = false;  // by the last look, for somebody was faster again and again; the delivering thread's own
  std::atomic<bool> stopping_ = false;
  std::jthread thread_;
};

}  // namespace claviger::server
