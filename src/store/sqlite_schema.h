// Making and opening the database file of a SqliteStore. Internal to store/.
#pragma once

#include "base/random.h"
#include "base/result.h"
#include "store/row_format.h"
#include "store/sqlite_database.h"
#include "store/sqlite_store.h"

namespace claviger::store {

struct OpenedDatabase {
  Database database;
  StoreId id;
  StoreState state;
};

// As SqliteStore::open. The write-ahead log is empty afterwards.
[[nodiscard]] Result<OpenedDatabase> open_database(const SqliteOptions& options, RecordSealer& sealer,
                                                   RandomSource& random);

// The order of changes as one number: the revision and, in the low bits, the position in its commit.
inline constexpr int kPositionBits = 12;
static_assert(kMaxMutationsPerCommit <= std::size_t{1} << kPositionBits);
inline std::int64_t sequence_of(Revision revision, std::size_t position) {
  return static_cast<std::int64_t>(revision << kPositionBits | position);
}
inline Revision revision_of(std::int64_t sequence) { return static_cast<Revision>(sequence) >> kPositionBits; }
// The last sequence a commit of this revision can have.
inline std::int64_t last_sequence_of(Revision revision) {
  return sequence_of(revision, (std::size_t{1} << kPositionBits) - 1);
}
// Sequences are signed 64-bit; a state beyond this is not believed.
inline constexpr Revision kMaxRevision = (Revision{1} << (62 - kPositionBits));

}  // namespace claviger::store
