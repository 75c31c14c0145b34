// The SQL of a SqliteStore: what is read and written, without threads. Internal to store/.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/commit_rules.h"
#include "store/commit_worker.h"
#include "store/retention.h"
#include "store/row_format.h"
#include "store/sqlite_database.h"
#include "store/sqlite_schema.h"

namespace claviger::store {

// A record as it lies in the database.
struct SealedEntry {
  std::string key;
  Bytes sealed;
  Revision revision = 0;
};

// What became of one commit of a batch.
struct Applied {
  Result<Revision> result;
  std::vector<Change> changes;
};

// Not thread-safe.
class SqliteRecords final {
 public:
  [[nodiscard]] static Result<SqliteRecords> make(OpenedDatabase opened, Retention retention);

  [[nodiscard]] Result<std::optional<SealedEntry>> find(std::string_view key);
  [[nodiscard]] Result<std::vector<SealedEntry>> range(std::string_view prefix, std::string_view after,
                                                       std::size_t limit);
  [[nodiscard]] Result<std::uint64_t> count(std::string_view prefix);
  struct Tag {
    Revision revision = 0;
    Bytes sealed;
  };
  [[nodiscard]] Result<std::optional<Tag>> find_tag(std::uint64_t tag);
  [[nodiscard]] Result<Changes> changes_after(Revision revision, std::size_t limit);

  // Commits the batch in one transaction and returns an entry for each of its commits. An error
  // means that the outcome of all of them is unknown and that this object must not be used again.
  [[nodiscard]] Result<std::vector<Applied>> apply(std::span<PendingCommit> batch, const RowSealer& rows);

  // Whose values the changes of apply() carry; see Store::set_change_listener().
  void tell_values_of(std::string prefix) { values_of_ = std::move(prefix); }

  Database& database() { return database_; }
  const StoreState& state() const { return state_; }

 private:
  class View;
  struct Statements {
    Statement find, range, count, tag, changes;
    Statement begin, commit, rollback;
    Statement put, remove, put_deletion, remove_deletion, put_tag, put_state;
    Statement prune_tags, newest_old_deletion, prune_deletions;
  };

  SqliteRecords(OpenedDatabase opened, Retention retention)
      : database_(std::move(opened.database)), state_(opened.state), retention_(retention) {}
  Status prepare();
  [[nodiscard]] Result<std::vector<Change>> write(Revision revision, std::vector<Write> writes, const RowSealer& rows);
  [[nodiscard]] Status write_tag(std::uint64_t tag, Revision revision, const RowSealer& rows);
  [[nodiscard]] Status prune(StoreState& state);

  Database database_;
  StoreState state_;
  Retention retention_;
  std::string values_of_;
  Statements statements_;  // after database_, so that they go first
};

}  // namespace claviger::store
