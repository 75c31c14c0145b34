// Deletes imported key material whose date has come (Developer Guide, "Setting an expiration time").
#pragma once

#include <cstddef>

#include "base/clock.h"
#include "base/random.h"
#include "keys/due_layout.h"
#include "server/log.h"
#include "server/recorder.h"
#include "server/service_change.h"
#include "store/store.h"

namespace claviger::server {

// Used by one thread at a time.
class ExpirySweeper final {
 public:
  // All must outlive the sweeper; `random` is used by nobody else meanwhile, or is thread-safe.
  ExpirySweeper(Recorder& recorder, store::Store& store, const Clock& clock, RandomSource& random, Logger& logger);

  // Deletes all material that has expired by the clock and returns of how many keys. Blocks. Each material is one
  // commit and one event, so a crash leaves the rest for the next time; and it leaves the mark by which DeletionSweeper
  // makes the store forget the bytes. Nothing depends on when this runs: expired material cannot be used anyway. A key
  // that was changed meanwhile is left for the next time; a damaged one too (kCorrupt, after all others). After any
  // other error some may have been deleted: what was is recorded.
  [[nodiscard]] Result<std::size_t> run_once();

 private:
  // False when nothing has expired after all.
  Result<bool> expire(const keys::layout::DatedPlace& due);

  store::Store& store_;
  const Clock& clock_;
  Logger& logger_;
  ServiceChanges changes_;
};

}  // namespace claviger::server
