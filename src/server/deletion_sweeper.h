// Deletes the keys whose waiting period is over: material, metadata, aliases, tags and grants, from the store and from
// its write-ahead log. A tombstone and the audit record stay.
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

class DeletionSweeper final {
 public:
  // All must outlive the sweeper; `random` is used by nobody else meanwhile, or is thread-safe.
  DeletionSweeper(Recorder& recorder, store::Store& store, const Clock& clock, RandomSource& random, Logger& logger);

  // Deletes everything that is due by the clock and returns how many keys that were. Blocks. A key that was changed
  // meanwhile is left for the next time, and a damaged one for good (kCorrupt, after all others). After an error some
  // may have been deleted: what was is recorded, and scrubbed from the store's files at the latest by the next call
  // that the store lets finish, also in another process.
  [[nodiscard]] Result<std::size_t> run_once();

 private:
  // True when the key was deleted, false when it is not due after all.
  Result<bool> delete_key(const std::string& due_entry, const keys::layout::DatedPlace& due);
  // Deletes the grants of keys that are gone.
  Status delete_owed_grants();
  Status delete_grants_of(const std::string& owed_entry, const keys::layout::KeyPlace& key);
  // Makes the store forget what was deleted since it last did.
  Status scrub_if_owed();
  Result<store::Commit> deletion_of(const keys::KeyRecord& record, store::Revision revision,
                                    const std::string& due_entry) const;

  store::Store& store_;
  const Clock& clock_;
  Logger& logger_;
  ServiceChanges changes_;
};

}  // namespace claviger::server
