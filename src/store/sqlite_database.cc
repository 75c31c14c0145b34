#include "store/sqlite_database.h"

#include <fmt/format.h>

#include <utility>

#include "base/check.h"
#include "store/store.h"

namespace claviger::store {
namespace {

// Sealing adds a version byte, a nonce and a tag; a longer value in the file is damage.
constexpr int kMaxSealedBytes = static_cast<int>(kMaxValueBytes) + 4096;

int note_log_frames(void* frames, sqlite3*, const char*, int count) {
  *static_cast<int*>(frames) = count;
  return SQLITE_OK;
}

}  // namespace

Error sqlite_error(sqlite3* handle, int code) {
  std::string detail = fmt::format("sqlite: {} ({})", handle == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(handle),
                                   handle == nullptr ? code : sqlite3_extended_errcode(handle));
  switch (code & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_TOOBIG:
    case SQLITE_MISMATCH:
    case SQLITE_CONSTRAINT:
      return Error::corrupt(std::move(detail));
    case SQLITE_BUSY:
      return Error::io("the database is in use by another process");
    default:
      return Error::io(std::move(detail));
  }
}

Query::~Query() {
  sqlite3_reset(handle_);
  sqlite3_clear_bindings(handle_);
}

Query& Query::bind(std::int64_t value) {
  CLAVIGER_CHECK(sqlite3_bind_int64(handle_, ++bound_, value) == SQLITE_OK);
  return *this;
}

Query& Query::bind(ByteSpan value) {
  // A null pointer would bind NULL.
  const void* data = value.empty() ? static_cast<const void*>("") : value.data();
  CLAVIGER_CHECK(sqlite3_bind_blob64(handle_, ++bound_, data, value.size(), SQLITE_STATIC) == SQLITE_OK);
  return *this;
}

Result<bool> Query::step() {
  const int code = sqlite3_step(handle_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return fail(sqlite_error(sqlite3_db_handle(handle_), code));
}

Status Query::run() {
  CLAVIGER_ASSIGN(const bool row, step());
  CLAVIGER_CHECK(!row);
  return {};
}

ByteSpan Query::blob(int column) const {
  // In this order: asking for the bytes may convert the value.
  const void* data = sqlite3_column_blob(handle_, column);
  const int size = sqlite3_column_bytes(handle_, column);
  return {static_cast<const std::uint8_t*>(data), data == nullptr ? 0 : static_cast<std::size_t>(size)};
}

Result<Database> Database::open(const std::string& path, bool create, const char* vfs) {
  sqlite3* raw = nullptr;
  const int flags =
      SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE | (create ? SQLITE_OPEN_CREATE : 0);
  const int code = sqlite3_open_v2(path.c_str(), &raw, flags, vfs);
  Database database;
  database.handle_.reset(raw);
  if (code != SQLITE_OK) return fail(sqlite_error(raw, code));
  int applied = 0;
  CLAVIGER_CHECK(sqlite3_db_config(raw, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, &applied) == SQLITE_OK && applied == 1);
  CLAVIGER_CHECK(sqlite3_db_config(raw, SQLITE_DBCONFIG_DEFENSIVE, 1, &applied) == SQLITE_OK && applied == 1);
  CLAVIGER_CHECK(sqlite3_db_config(raw, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, &applied) == SQLITE_OK && applied == 0);
  sqlite3_limit(raw, SQLITE_LIMIT_LENGTH, kMaxSealedBytes);
  // SQLite's own checkpoints ignore a failed sync and would sync again later; ours are checked, see
  // SqliteStore. Setting a hook turns SQLite's off.
  database.log_frames_ = std::make_unique<int>(0);
  sqlite3_wal_hook(raw, note_log_frames, database.log_frames_.get());
  return database;
}

Status Database::execute(const std::string& sql) {
  const int code = sqlite3_exec(handle_.get(), sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return fail(sqlite_error(handle_.get(), code));
  return {};
}

Result<Statement> Database::prepare(std::string_view sql) {
  sqlite3_stmt* raw = nullptr;
  const int code = sqlite3_prepare_v3(handle_.get(), sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &raw, nullptr);
  if (code != SQLITE_OK) return fail(sqlite_error(handle_.get(), code));
  return Statement(raw);
}

Result<std::int64_t> Database::query_integer(std::string_view sql) {
  CLAVIGER_ASSIGN(const Statement statement, prepare(sql));
  Query query(statement);
  CLAVIGER_ASSIGN(const bool row, query.step());
  if (!row) return fail(Error::corrupt("a row is missing"));
  return query.integer(0);
}

Result<std::string> Database::query_text(std::string_view sql) {
  CLAVIGER_ASSIGN(const Statement statement, prepare(sql));
  Query query(statement);
  CLAVIGER_ASSIGN(const bool row, query.step());
  if (!row) return fail(Error::corrupt("a row is missing"));
  return std::string(query.text(0));
}

Status Database::checkpoint(bool truncate) {
  int in_log = 0;
  int copied = 0;
  const int mode = truncate ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE;
  const int code = sqlite3_wal_checkpoint_v2(handle_.get(), "main", mode, &in_log, &copied);
  if (code != SQLITE_OK) return fail(sqlite_error(handle_.get(), code));
  if (in_log != copied) return fail(Error::io("a checkpoint left pages behind"));
  *log_frames_ = 0;
  return {};
}

}  // namespace claviger::store
