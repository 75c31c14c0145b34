#include "store/sqlite_records.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "base/check.h"

namespace claviger::store {
namespace {

// The smallest key greater than every key that starts with `prefix`.
std::string end_of_prefix(std::string_view prefix) {
  std::string end(prefix);
  while (!end.empty() && end.back() == '\xff') end.pop_back();
  // Nothing but 0xff: greater than every key there can be.
  if (end.empty()) return std::string(kMaxKeyBytes + 1, '\xff');
  end.back() = static_cast<char>(static_cast<unsigned char>(end.back()) + 1);
  return end;
}

}  // namespace

// Reads inside the batch's transaction. Remembers a failure of SQLite: SQLite may have ended the
// transaction then, so that it must not be taken for a failure of one commit.
class SqliteRecords::View final : public CommitView {
 public:
  View(SqliteRecords& records, const RowSealer& rows) : records_(records), rows_(rows) {}

  Result<Revision> revision_of(std::string_view key) override {
    CLAVIGER_ASSIGN(const std::optional<SealedEntry> entry, find(key));
    return entry ? entry->revision : 0;
  }
  Result<std::optional<Bytes>> value_of(std::string_view key) override {
    CLAVIGER_ASSIGN(const std::optional<SealedEntry> entry, find(key));
    if (!entry) return std::optional<Bytes>();
    CLAVIGER_ASSIGN(Bytes value, rows_.open(RowKind::kRecord, key, entry->revision, entry->sealed));
    return std::optional<Bytes>(std::move(value));
  }
  bool database_failed() const { return failed_; }

 private:
  Result<std::optional<SealedEntry>> find(std::string_view key) {
    Result<std::optional<SealedEntry>> entry = records_.find(key);
    failed_ = failed_ || !entry;
    return entry;
  }

  SqliteRecords& records_;
  const RowSealer& rows_;
  bool failed_ = false;
};

Result<SqliteRecords> SqliteRecords::make(OpenedDatabase opened, Retention retention) {
  CLAVIGER_CHECK(retention.deletions_kept_commits > 0);
  SqliteRecords records(std::move(opened), retention);
  CLAVIGER_TRY(records.prepare());
  return records;
}

Status SqliteRecords::prepare() {
  const std::pair<Statement*, std::string_view> all[] = {
      {&statements_.find, "SELECT sequence, sealed FROM records WHERE key = ?"},
      {&statements_.range, "SELECT sequence, key, sealed FROM records WHERE key >= ? AND key < ? ORDER BY key LIMIT ?"},
      {&statements_.count, "SELECT count(*) FROM records WHERE key >= ? AND key < ?"},
      {&statements_.tag, "SELECT revision, sealed FROM tags WHERE tag = ? ORDER BY revision DESC LIMIT 1"},
      {&statements_.changes,
       "SELECT sequence, key, 0 FROM records WHERE sequence > ?1 UNION ALL "
       "SELECT sequence, key, 1 FROM deletions WHERE sequence > ?1 ORDER BY 1"},
      {&statements_.begin, "BEGIN IMMEDIATE"},
      {&statements_.commit, "COMMIT"},
      {&statements_.rollback, "ROLLBACK"},
      {&statements_.put, "REPLACE INTO records(sequence, key, sealed) VALUES(?, ?, ?)"},
      {&statements_.remove, "DELETE FROM records WHERE key = ?"},
      {&statements_.put_deletion, "REPLACE INTO deletions(sequence, key) VALUES(?, ?)"},
      {&statements_.remove_deletion, "DELETE FROM deletions WHERE key = ?"},
      {&statements_.put_tag, "INSERT INTO tags(revision, tag, sealed) VALUES(?, ?, ?)"},
      {&statements_.put_state, "UPDATE meta SET sealed = ? WHERE id = 2"},
      {&statements_.prune_tags, "DELETE FROM tags WHERE revision <= ?"},
      {&statements_.newest_old_deletion, "SELECT max(sequence) FROM deletions WHERE sequence <= ?"},
      {&statements_.prune_deletions, "DELETE FROM deletions WHERE sequence <= ?"},
  };
  for (const auto& [statement, sql] : all) {
    CLAVIGER_ASSIGN(*statement, database_.prepare(sql));
  }
  return {};
}

Result<std::optional<SealedEntry>> SqliteRecords::find(std::string_view key) {
  Query query(statements_.find);
  CLAVIGER_ASSIGN(const bool row, query.bind(as_bytes(key)).step());
  if (!row) return std::optional<SealedEntry>();
  return std::optional<SealedEntry>(
      SealedEntry{std::string(key), to_bytes(query.blob(1)), revision_of(query.integer(0))});
}

Result<std::vector<SealedEntry>> SqliteRecords::range(std::string_view prefix, std::string_view after,
                                                      std::size_t limit) {
  // The smallest key greater than `after` is `after` and a zero byte.
  const std::string from = after < prefix || after.empty() ? std::string(prefix) : std::string(after) + '\0';
  const std::string end = end_of_prefix(prefix);
  const std::size_t most = std::min<std::size_t>(limit, std::size_t{1} << 31);
  Query query(statements_.range);
  query.bind(as_bytes(from)).bind(as_bytes(end)).bind(static_cast<std::int64_t>(most));
  std::vector<SealedEntry> entries;
  for (;;) {
    CLAVIGER_ASSIGN(const bool row, query.step());
    if (!row) return entries;
    // A longer key cannot be in a row's context: it was not written by a store.
    if (query.blob(1).size() > kMaxKeyBytes) return fail(Error::corrupt("a row's key is too long"));
    entries.push_back({std::string(query.text(1)), to_bytes(query.blob(2)), revision_of(query.integer(0))});
  }
}

Result<std::uint64_t> SqliteRecords::count(std::string_view prefix) {
  const std::string end = end_of_prefix(prefix);
  Query query(statements_.count);
  CLAVIGER_ASSIGN(const bool row, query.bind(as_bytes(prefix)).bind(as_bytes(end)).step());
  CLAVIGER_CHECK(row);
  return static_cast<std::uint64_t>(query.integer(0));
}

Result<std::optional<SqliteRecords::Tag>> SqliteRecords::find_tag(std::uint64_t tag) {
  Query query(statements_.tag);
  CLAVIGER_ASSIGN(const bool row, query.bind(std::bit_cast<std::int64_t>(tag)).step());
  if (!row) return std::optional<Tag>();
  return std::optional<Tag>(Tag{static_cast<Revision>(query.integer(0)), to_bytes(query.blob(1))});
}

Result<Changes> SqliteRecords::changes_after(Revision revision, std::size_t limit) {
  if (revision < state_.feed_floor || revision > state_.revision) {
    return fail(ErrorCode::kNotFound, {}, "the feed does not reach that revision");
  }
  Changes result;
  result.up_to = state_.revision;
  Query query(statements_.changes);
  query.bind(last_sequence_of(revision));
  for (;;) {
    CLAVIGER_ASSIGN(const bool row, query.step());
    if (!row) return result;
    const Revision at = revision_of(query.integer(0));
    if (!result.changes.empty() && result.changes.size() >= limit && result.changes.back().revision != at) {
      result.up_to = result.changes.back().revision;
      return result;
    }
    result.changes.push_back(Change{std::string(query.text(1)), at, query.integer(2) != 0});
  }
}

Result<std::vector<Change>> SqliteRecords::write(Revision revision, std::vector<Write> writes, const RowSealer& rows) {
  std::vector<Change> changes;
  changes.reserve(writes.size());
  for (Write& next : writes) {
    const ByteSpan key = as_bytes(next.key);
    const std::int64_t sequence = sequence_of(revision, changes.size());
    if (next.value) {
      const Bytes sealed = rows.seal(RowKind::kRecord, next.key, revision, *next.value);
      CLAVIGER_TRY(Query(statements_.put).bind(sequence).bind(key).bind(sealed).run());
      CLAVIGER_TRY(Query(statements_.remove_deletion).bind(key).run());
    } else {
      CLAVIGER_TRY(Query(statements_.remove).bind(key).run());
      // Deleting what is not there changes nothing and is not told.
      if (database_.changes() == 0) continue;
      CLAVIGER_TRY(Query(statements_.put_deletion).bind(sequence).bind(key).run());
    }
    const bool deleted = !next.value;
    Change change{{}, revision, deleted};
    if (!deleted && carries_value(values_of_, next.key)) change.value = std::move(*next.value);
    change.key = std::move(next.key);
    changes.push_back(std::move(change));
  }
  return changes;
}

Status SqliteRecords::write_tag(std::uint64_t tag, Revision revision, const RowSealer& rows) {
  const Bytes sealed = rows.seal_tag(tag, revision);
  return Query(statements_.put_tag)
      .bind(static_cast<std::int64_t>(revision))
      .bind(std::bit_cast<std::int64_t>(tag))
      .bind(sealed)
      .run();
}

Status SqliteRecords::prune(StoreState& state) {
  if (state.revision > Store::kTagsKept) {
    const Revision oldest = state.revision - Store::kTagsKept;
    CLAVIGER_TRY(Query(statements_.prune_tags).bind(static_cast<std::int64_t>(oldest)).run());
  }
  if (state.revision <= retention_.deletions_kept_commits) return {};
  const std::int64_t bound = last_sequence_of(state.revision - retention_.deletions_kept_commits);
  Query newest(statements_.newest_old_deletion);
  CLAVIGER_ASSIGN(const bool row, newest.bind(bound).step());
  if (!row || newest.is_null(0)) return {};
  state.feed_floor = revision_of(newest.integer(0));
  return Query(statements_.prune_deletions).bind(bound).run();
}

Result<std::vector<Applied>> SqliteRecords::apply(std::span<PendingCommit> batch, const RowSealer& rows) {
  std::vector<Applied> applied;
  applied.reserve(batch.size());
  StoreState next = state_;
  View view(*this, rows);
  CLAVIGER_TRY(Query(statements_.begin).run());
  for (PendingCommit& pending : batch) {
    const std::uint64_t tag = pending.commit.tag;
    Result<std::vector<Write>> writes = resolve_commit(std::move(pending.commit), view);
    if (!writes) {
      if (view.database_failed()) return fail(std::move(writes).error());
      applied.push_back({fail(std::move(writes).error()), {}});
      continue;
    }
    ++next.revision;
    CLAVIGER_CHECK(next.revision < kMaxRevision);
    CLAVIGER_ASSIGN(std::vector<Change> changes, write(next.revision, std::move(*writes), rows));
    if (tag != 0) CLAVIGER_TRY(write_tag(tag, next.revision, rows));
    applied.push_back({next.revision, std::move(changes)});
  }
  if (next.revision == state_.revision) {
    CLAVIGER_TRY(Query(statements_.rollback).run());
    return applied;
  }
  CLAVIGER_TRY(prune(next));
  const Bytes sealed = rows.seal_state(next);
  CLAVIGER_TRY(Query(statements_.put_state).bind(sealed).run());
  CLAVIGER_TRY(Query(statements_.commit).run());
  state_ = next;
  return applied;
}

}  // namespace claviger::store
