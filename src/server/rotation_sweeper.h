// Rotates the material of keys whose date has come (Developer Guide, "Automatic key rotation").
#pragma once

#include <cstddef>

#include "base/clock.h"
#include "base/random.h"
#include "hsm/keyring.h"
#include "hsm/session.h"
#include "keys/due_layout.h"
#include "server/log.h"
#include "server/recorder.h"
#include "server/service_change.h"
#include "store/store.h"

namespace claviger::server {

// Used by one thread at a time.
class RotationSweeper final {
 public:
  // All must outlive the sweeper; `random` is used by nobody else meanwhile, or is thread-safe.
  RotationSweeper(Recorder& recorder, store::Store& store, const hsm::Keyring& keyring, const Clock& clock,
                  RandomSource& random, Logger& logger);

  // Rotates every key that is due by the clock, once, and returns how many that were. Blocks. New material, the next
  // date and its entry are one commit, so a key that was rotated is due no more, whatever happens next. A key that was
  // changed meanwhile is left for the next time; a damaged one too (kCorrupt, after all others). After any other error
  // some may have been rotated: what was is recorded.
  [[nodiscard]] Result<std::size_t> run_once();

 private:
  // False when the key is not due after all.
  Result<bool> rotate(const keys::layout::DatedPlace& due);

  store::Store& store_;
  const Clock& clock_;
  Logger& logger_;
  hsm::Session hsm_;
  ServiceChanges changes_;
};

}  // namespace claviger::server
