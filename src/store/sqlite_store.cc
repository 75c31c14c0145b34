#include "store/sqlite_store.h"

#include <atomic>
#include <optional>
#include <utility>

#include "base/guarded.h"
#include "store/commit_worker.h"
#include "store/fair_guarded.h"
#include "store/sqlite_records.h"
#include "store/sqlite_schema.h"
#include "store/sqlite_scrub.h"

namespace claviger::store {
namespace {

// Frames of 4 KiB. A checkpoint of so many takes a few milliseconds, during which reads wait.
constexpr int kCheckpointFrames = 4096;

constexpr std::string_view kStalled = "the store's disk does not answer";

}  // namespace

class SqliteStore::Impl final {
 public:
  Impl(SqliteRecords records, const RowSealer& rows, std::chrono::milliseconds patience)
      : rows_(rows),
        patience_(patience),
        revision_(records.state().revision),
        records_(std::move(records)),
        worker_(std::make_unique<CommitWorker>([this](std::vector<PendingCommit>& batch) { commit_batch(batch); })) {}

  ~Impl() {
    worker_.reset();
    // Saves the next start the recovery of the log; when it fails, the log is still there.
    if (!failed_) records_.with([](SqliteRecords& records) { static_cast<void>(records.database().checkpoint(true)); });
  }

  // Runs `use` on the records, unless the store has failed or is stalled.
  template <class F>
  auto read(F&& use) -> decltype(use(std::declval<SqliteRecords&>())) {
    std::optional<decltype(use(std::declval<SqliteRecords&>()))> result;
    const bool in_time = records_.with_within(patience_, [&](SqliteRecords& records) {
      if (failed_) {
        result.emplace(fail(Error::io(failure())));
      } else {
        result.emplace(use(records));
      }
    });
    if (!in_time) return fail(ErrorCode::kDependencyTimeout, {}, std::string(kStalled));
    return *std::move(result);
  }

  void submit(PendingCommit pending) { worker_->submit(std::move(pending)); }
  void set_listener(ChangeListener listener, std::string values_of) {
    listener_.with([&](ChangeListener& current) { current = std::move(listener); });
    records_.with([&](SqliteRecords& records) { records.tell_values_of(std::move(values_of)); });
  }
  const RowSealer& rows() const { return rows_; }
  Revision revision() const { return revision_.load(); }
  std::string failure() const {
    std::string why = failure_.with([](const std::string& latched) { return latched; });
    if (why.empty() && is_stalled()) why = kStalled;
    return why;
  }
  bool is_stalled() const { return records_.is_used_for(patience_); }
  // From here on everything is refused: what SQLite and the kernel hold in memory may differ from
  // the disk, and only reading the files anew tells by how much.
  void latch(const Error& error) {
    failure_.with([&](std::string& why) {
      if (why.empty()) why = error.detail();
    });
    failed_ = true;
  }

 private:
  void commit_batch(std::vector<PendingCommit>& batch);
  void announce(std::vector<PendingCommit>& batch, std::vector<Applied> applied);

  const RowSealer rows_;
  const std::chrono::milliseconds patience_;
  std::atomic<Revision> revision_;
  std::atomic<bool> failed_ = false;
  Guarded<std::string> failure_;
  Guarded<ChangeListener> listener_;
  FairGuarded<SqliteRecords> records_;
  std::unique_ptr<CommitWorker> worker_;  // last: it uses everything above
};

void SqliteStore::Impl::commit_batch(std::vector<PendingCommit>& batch) {
  if (failed_) {
    for (PendingCommit& pending : batch) pending.done(fail(Error::io(failure())));
    return;
  }
  Result<std::vector<Applied>> applied = records_.with([&](SqliteRecords& records) {
    Result<std::vector<Applied>> result = records.apply(batch, rows_);
    // Under the lock, so that no reader finds the connection inside the broken transaction.
    if (!result) latch(result.error());
    return result;
  });
  if (!applied) {
    for (PendingCommit& pending : batch) {
      pending.done(fail(ErrorCode::kUnknownOutcome, {}, applied.error().detail()));
    }
    return;
  }
  announce(batch, std::move(*applied));
  // After the answers: the commits are durable in the log already, whatever becomes of this.
  records_.with([&](SqliteRecords& records) {
    if (records.database().log_frames() < kCheckpointFrames) return;
    const Status status = records.database().checkpoint(false);
    if (!status) latch(status.error());
  });
}

void SqliteStore::Impl::announce(std::vector<PendingCommit>& batch, std::vector<Applied> applied) {
  const ChangeListener listener = listener_.with([](const ChangeListener& current) { return current; });
  for (std::size_t i = 0; i < batch.size(); ++i) {
    if (applied[i].result) {
      revision_ = *applied[i].result;
      if (listener) listener(applied[i].changes, *applied[i].result);
    }
    batch[i].done(std::move(applied[i].result));
  }
}

SqliteStore::SqliteStore(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
SqliteStore::~SqliteStore() = default;

Result<std::unique_ptr<SqliteStore>> SqliteStore::open(const SqliteOptions& options, RecordSealer& sealer,
                                                       RandomSource& random) {
  CLAVIGER_ASSIGN(OpenedDatabase opened, open_database(options, sealer, random));
  const RowSealer rows(sealer, opened.id);
  CLAVIGER_ASSIGN(SqliteRecords records, SqliteRecords::make(std::move(opened), options.retention));
  return std::unique_ptr<SqliteStore>(
      new SqliteStore(std::make_unique<Impl>(std::move(records), rows, options.patience)));
}

Result<std::optional<Record>> SqliteStore::get(std::string_view key) {
  CLAVIGER_ASSIGN(const std::optional<SealedEntry> entry,
                  impl_->read([&](SqliteRecords& records) { return records.find(key); }));
  if (!entry) return std::optional<Record>();
  CLAVIGER_ASSIGN(Bytes value, impl_->rows().open(RowKind::kRecord, key, entry->revision, entry->sealed));
  return std::optional<Record>(Record{std::move(value), entry->revision});
}

Result<std::vector<Entry>> SqliteStore::range(std::string_view prefix, std::string_view after, std::size_t limit) {
  CLAVIGER_ASSIGN(std::vector<SealedEntry> sealed,
                  impl_->read([&](SqliteRecords& records) { return records.range(prefix, after, limit); }));
  std::vector<Entry> entries;
  entries.reserve(sealed.size());
  for (SealedEntry& row : sealed) {
    CLAVIGER_ASSIGN(Bytes value, impl_->rows().open(RowKind::kRecord, row.key, row.revision, row.sealed));
    entries.push_back(Entry{std::move(row.key), std::move(value), row.revision});
  }
  return entries;
}

Result<std::uint64_t> SqliteStore::count(std::string_view prefix) {
  return impl_->read([&](SqliteRecords& records) { return records.count(prefix); });
}

void SqliteStore::commit(Commit commit, CommitDone done) {
  check_commit(commit);
  impl_->submit({std::move(commit), std::move(done)});
}

Result<std::optional<Revision>> SqliteStore::find_commit(std::uint64_t tag) {
  if (tag == 0) return std::optional<Revision>();
  CLAVIGER_ASSIGN(const std::optional<SqliteRecords::Tag> found,
                  impl_->read([&](SqliteRecords& records) { return records.find_tag(tag); }));
  if (!found) return std::optional<Revision>();
  CLAVIGER_TRY(impl_->rows().open_tag(tag, found->revision, found->sealed));
  return std::optional<Revision>(found->revision);
}

Result<Changes> SqliteStore::changes_after(Revision revision, std::size_t limit) {
  return impl_->read([&](SqliteRecords& records) { return records.changes_after(revision, limit); });
}

void SqliteStore::set_change_listener(ChangeListener listener, std::string values_of) {
  impl_->set_listener(std::move(listener), std::move(values_of));
}

Revision SqliteStore::revision() const { return impl_->revision(); }

Status SqliteStore::scrub() {
  // In steps, so that commits and reads take their turns between them. Pages behind the cursor may
  // gather unallocated space again, but not from rows that were deleted before.
  std::uint32_t page = 1;
  do {
    CLAVIGER_ASSIGN(page, impl_->read([&](SqliteRecords& records) -> Result<std::uint32_t> {
      Result<std::uint32_t> next = scrub_pages(records.database(), page);
      if (!next) impl_->latch(next.error());
      return next;
    }));
  } while (page != 0);
  return {};
}

std::string SqliteStore::failure() const { return impl_->failure(); }

bool SqliteStore::is_stalled() const { return impl_->is_stalled(); }

}  // namespace claviger::store
