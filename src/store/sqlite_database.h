// RAII over SQLite's C interface. Internal to store/.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace claviger::store {

// A prepared statement, kept for reuse. Run it through a Query.
class Statement final {
 public:
  Statement() = default;
  explicit Statement(sqlite3_stmt* handle) : handle_(handle) {}
  sqlite3_stmt* handle() const { return handle_.get(); }

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* handle) const { sqlite3_finalize(handle); }
  };
  std::unique_ptr<sqlite3_stmt, Finalize> handle_;
};

// One run of a statement. Bound bytes are borrowed until the Query ends; the bytes a row yields are
// valid until the next step.
class Query final {
 public:
  explicit Query(const Statement& statement) : handle_(statement.handle()) {}
  ~Query();
  Query(const Query&) = delete;
  Query& operator=(const Query&) = delete;

  // Parameters in order.
  Query& bind(std::int64_t value);
  Query& bind(ByteSpan value);
  // True when there is a row.
  [[nodiscard]] Result<bool> step();
  // For statements that yield no rows.
  [[nodiscard]] Status run();

  std::int64_t integer(int column) const { return sqlite3_column_int64(handle_, column); }
  bool is_null(int column) const { return sqlite3_column_type(handle_, column) == SQLITE_NULL; }
  ByteSpan blob(int column) const;
  std::string_view text(int column) const { return as_text(blob(column)); }

 private:
  sqlite3_stmt* handle_;
  int bound_ = 0;
};

// One connection. Not thread-safe. Closing it never checkpoints: after a failed write or sync that
// would be a retry, and would remove the log that recovery needs.
class Database final {
 public:
  // `vfs` may be null. kIo or kCorrupt.
  [[nodiscard]] static Result<Database> open(const std::string& path, bool create, const char* vfs);

  [[nodiscard]] Status execute(const std::string& sql);
  // The statement must go before the database does.
  [[nodiscard]] Result<Statement> prepare(std::string_view sql);
  // First column of the first row, as a number or text; kCorrupt when there is no row.
  [[nodiscard]] Result<std::int64_t> query_integer(std::string_view sql);
  [[nodiscard]] Result<std::string> query_text(std::string_view sql);
  // Copies every committed page from the write-ahead log into the file and syncs both; `truncate`
  // also empties the log. kIo when pages were left behind, too.
  [[nodiscard]] Status checkpoint(bool truncate);
  // Frames in the write-ahead log after the newest commit.
  int log_frames() const { return *log_frames_; }
  // Rows changed by the last statement.
  int changes() const { return sqlite3_changes(handle_.get()); }
  sqlite3* handle() const { return handle_.get(); }

 private:
  struct Close {
    void operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }
  };

  std::unique_ptr<int> log_frames_;  // written by SQLite's hook
  std::unique_ptr<sqlite3, Close> handle_;
};

// kCorrupt for what SQLite calls corrupt, no database, or too big; else kIo. The detail holds no
// bound value.
Error sqlite_error(sqlite3* handle, int code);

}  // namespace claviger::store
