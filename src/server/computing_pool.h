// Threads for what computes long: private keys. A thousand signatures by RSA-4096 must not delay one Decrypt.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include "base/guarded.h"
#include "crypto/random.h"
#include "hsm/keyring.h"
#include "hsm/material_import.h"
#include "hsm/private_key_session.h"
#include "hsm/ready_keys.h"
#include "hsm/session.h"
#include "server/blocking_pool.h"

namespace claviger::server {

// What a piece of work has for itself while it runs.
struct ComputingTools {
  ComputingTools(const hsm::Keyring& keyring, hsm::ReadyKeys& ready)
      : hsm(keyring, random), private_keys(keyring, random, ready), material_import(keyring, random) {}
  crypto::BlockRandom random;
  hsm::Session hsm;
  hsm::PrivateKeySession private_keys;
  hsm::MaterialImport material_import;
};

// Thread-safe.
class ComputingPool final {
 public:
  // The keyring outlives the pool. `max_queued` bounds what waits: beyond it calls are throttled.
  ComputingPool(const hsm::Keyring& keyring, std::size_t threads, std::size_t max_queued);
  // As stop().
  ~ComputingPool() { stop(); }

  // As BlockingPool::submit().
  [[nodiscard]] bool submit(std::move_only_function<void(ComputingTools&)> work);
  // Forgets the private keys that were not used since the last call, but for those that are in use now.
  void forget_unused_keys();
  // Makes RSA keys of every size ready, when the processors have nothing better to do; see hsm::ReadyKeys. Without it,
  // of a size that was asked for once.
  void expect_rsa_keys() { ready_.expect_all(); }
  // Where they are; thread-safe.
  hsm::ReadyKeys& ready_keys() { return ready_; }
  // How many are ready, of all sizes.
  std::size_t ready_rsa_keys() const { return ready_.ready(); }
  // As BlockingPool::stop().
  void stop();

 private:
  using Idle = std::vector<std::unique_ptr<ComputingTools>>;
  hsm::ReadyKeys ready_;
  Guarded<Idle> idle_;  // one for each thread that is not at work
  // Apart, so that no call waits behind the making of a key that nobody asked for.
  BlockingPool refilling_;
  BlockingPool pool_;  // last: its threads use the tools
};

}  // namespace claviger::server
