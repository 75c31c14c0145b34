// Threads for what computes long: private keys. A thousand signatures by RSA-4096 must not delay one Decrypt.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include "base/guarded.h"
#include "crypto/random.h"
#include "hsm/keyring.h"
#include "hsm/private_key_session.h"
#include "hsm/session.h"
#include "server/blocking_pool.h"

namespace claviger::server {

// What a piece of work has for itself while it runs.
struct ComputingTools {
  explicit ComputingTools(const hsm::Keyring& keyring) : hsm(keyring, random), private_keys(keyring, random) {}
  crypto::BlockRandom random;
  hsm::Session hsm;
  hsm::PrivateKeySession private_keys;
};

// Thread-safe.
class ComputingPool final {
 public:
  // The keyring outlives the pool. `max_queued` bounds what waits: beyond it calls are throttled.
  ComputingPool(const hsm::Keyring& keyring, std::size_t threads, std::size_t max_queued);

  // As BlockingPool::submit().
  [[nodiscard]] bool submit(std::move_only_function<void(ComputingTools&)> work);
  // Forgets the private keys that were not used since the last call, but for those that are in use now.
  void forget_unused_keys();
  // As BlockingPool::stop().
  void stop() { pool_.stop(); }

 private:
  using Idle = std::vector<std::unique_ptr<ComputingTools>>;
  Guarded<Idle> idle_;  // one for each thread that is not at work
  BlockingPool pool_;   // last: its threads use the tools
};

}  // namespace claviger::server
