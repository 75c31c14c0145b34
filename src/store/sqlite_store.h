// A store in one SQLite database file; its format is docs/formats/store.md.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "base/random.h"
#include "store/retention.h"
#include "store/store.h"

namespace claviger::store {

struct SqliteOptions {
  std::string path;
  // Makes the file when it is missing or empty, with mode 0600. Without it a missing file is
  // kNotFound.
  bool create = false;
  Retention retention = {};
  // Upper bound of SQLite's page cache; it grows to it only as pages are used.
  std::size_t cache_bytes = 32 * 1024 * 1024;
  // How long a reader waits for others that are at the disk, so that its answer is there within two seconds; and from
  // when on the store calls itself stalled.
  std::chrono::milliseconds patience{1750};
  // The name of a registered SQLite VFS; empty for the system's. With another VFS the file's mode is
  // that VFS's business.
  std::string vfs = {};
};

// One connection, because SQLite before 3.51.3 may corrupt a write-ahead log that two connections
// of any process use; the file is locked so that nobody else can open a second one. One thread
// writes: it commits what gathered during the last disk write in one transaction. Reads take turns
// with it in order of arrival, so a read waits for one batch at most (256 commits, one sync), or a
// checkpoint of about 16 MiB, and never longer than SqliteOptions::patience for one that is stuck in the disk.
//
// count() walks the index of keys: about 50 ms for a million keys in the page cache, during which
// commits wait.
class SqliteStore final : public Store {
 public:
  // Opens and recovers. What the opened store shows is on disk, even when the process before died
  // between a write and its sync. Reads no more than the write-ahead log and a few pages.
  // kNotFound: no file and !create. kCorrupt: not a store, made with another sealing key, or
  // damaged. kUnsupportedOperation: a newer format. kIo: cannot be read or written, or another
  // process has it open. `sealer` must outlive the store; `random` is used only during the call.
  [[nodiscard]] static Result<std::unique_ptr<SqliteStore>> open(const SqliteOptions& options, RecordSealer& sealer,
                                                                 RandomSource& random);
  // Completes every commit queued before, and closes the file; not to be called from a CommitDone.
  ~SqliteStore() override;

  [[nodiscard]] Result<std::optional<Record>> get(std::string_view key) override;
  [[nodiscard]] Result<std::vector<Entry>> range(std::string_view prefix, std::string_view after,
                                                 std::size_t limit) override;
  [[nodiscard]] Result<std::uint64_t> count(std::string_view prefix) override;
  void commit(Commit commit, CommitDone done) override;
  [[nodiscard]] Result<std::optional<Revision>> find_commit(std::uint64_t tag) override;
  [[nodiscard]] Result<Changes> changes_after(Revision revision, std::size_t limit) override;
  void set_change_listener(ChangeListener listener, std::string values_of) override;
  Revision revision() const override;
  [[nodiscard]] Status scrub() override;
  std::string failure() const override;
  bool is_stalled() const override;

 private:
  class Impl;
  explicit SqliteStore(std::unique_ptr<Impl> impl);

  std::unique_ptr<Impl> impl_;
};

}  // namespace claviger::store
