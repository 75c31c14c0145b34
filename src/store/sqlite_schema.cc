#include "store/sqlite_schema.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "store/sqlite_scrub.h"

namespace claviger::store {
namespace {

// "CLVS"
constexpr std::int64_t kApplicationId = 0x434c5653;

struct SchemaObject {
  std::string_view name;
  std::string_view sql;
};
// By name.
constexpr std::array kSchema = {
    SchemaObject{"deletions", "CREATE TABLE deletions(sequence INTEGER PRIMARY KEY, key BLOB NOT NULL) STRICT"},
    SchemaObject{"deletions_by_key", "CREATE UNIQUE INDEX deletions_by_key ON deletions(key)"},
    SchemaObject{"meta", "CREATE TABLE meta(id INTEGER PRIMARY KEY, sealed BLOB NOT NULL) STRICT"},
    SchemaObject{"records",
                 "CREATE TABLE records(sequence INTEGER PRIMARY KEY, key BLOB NOT NULL, sealed BLOB NOT NULL) STRICT"},
    SchemaObject{"records_by_key", "CREATE UNIQUE INDEX records_by_key ON records(key)"},
    SchemaObject{"tags",
                 "CREATE TABLE tags(revision INTEGER PRIMARY KEY, tag INTEGER NOT NULL, sealed BLOB NOT NULL) STRICT"},
    SchemaObject{"tags_by_tag", "CREATE INDEX tags_by_tag ON tags(tag)"},
};

Error system_error(std::string_view what) { return Error::io(fmt::format("{}: {}", what, std::strerror(errno))); }

// SQLite would make the file with mode 0644 less the umask; its log takes the mode of the file. An
// existing file is not opened here: closing it again would drop the locks that another connection of
// this process holds on it (POSIX.1-2017, fcntl).
Status prepare_file(const SqliteOptions& options) {
  struct stat info{};
  if (::stat(options.path.c_str(), &info) == 0) {
    if ((info.st_mode & 0777) != 0600 && ::chmod(options.path.c_str(), 0600) != 0) {
      return fail(system_error("cannot restrict the database to its owner"));
    }
    return {};
  }
  if (errno != ENOENT) return fail(system_error("cannot look at the database"));
  if (!options.create) return fail(ErrorCode::kNotFound, {}, "there is no database");
  const int descriptor = ::open(options.path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (descriptor < 0) return fail(system_error("cannot make the database"));
  ::close(descriptor);
  return {};
}

Status configure(Database& database, const SqliteOptions& options) {
  // Before anything is read: it makes SQLite keep the log's index in memory instead of a shared
  // file, and hold the lock that keeps a second connection out.
  CLAVIGER_ASSIGN(const std::string locking, database.query_text("PRAGMA locking_mode=EXCLUSIVE"));
  if (locking != "exclusive") return fail(Error::io("cannot lock the database"));
  CLAVIGER_TRY(
      database.execute("PRAGMA secure_delete=ON; PRAGMA synchronous=FULL; PRAGMA temp_store=MEMORY;"
                       "PRAGMA mmap_size=0; PRAGMA cell_size_check=ON;"
                       "PRAGMA journal_size_limit=67108864;"));
  return database.execute(
      fmt::format("PRAGMA cache_size=-{}; PRAGMA max_page_count={};", options.cache_bytes / 1024, kMaxPages));
}

Status create_schema(Database& database, RecordSealer& sealer, RandomSource& random) {
  StoreId id{};
  random.fill(id);
  CLAVIGER_TRY(database.execute("BEGIN EXCLUSIVE"));
  for (const SchemaObject& object : kSchema) CLAVIGER_TRY(database.execute(std::string(object.sql)));
  CLAVIGER_TRY(database.execute(
      fmt::format("PRAGMA application_id={}; PRAGMA user_version={};", kApplicationId, int{kFormatVersion})));
  CLAVIGER_ASSIGN(const Statement insert, database.prepare("INSERT INTO meta(id, sealed) VALUES(?, ?)"));
  const Bytes identity = seal_identity(sealer, id);
  CLAVIGER_TRY(Query(insert).bind(std::int64_t{1}).bind(identity).run());
  const Bytes state = RowSealer(sealer, id).seal_state(StoreState{});
  CLAVIGER_TRY(Query(insert).bind(std::int64_t{2}).bind(state).run());
  return database.execute("COMMIT");
}

Status check_schema(Database& database) {
  CLAVIGER_ASSIGN(const Statement statement, database.prepare("SELECT name, sql FROM sqlite_schema ORDER BY name"));
  Query query(statement);
  for (const SchemaObject& object : kSchema) {
    CLAVIGER_ASSIGN(const bool row, query.step());
    if (!row || query.text(0) != object.name || query.text(1) != object.sql) {
      return fail(Error::corrupt("the database has another schema"));
    }
  }
  CLAVIGER_ASSIGN(const bool more, query.step());
  if (more) return fail(Error::corrupt("the database has another schema"));
  return {};
}

// True when the file holds nothing at all: new, or its making was interrupted.
Result<bool> is_blank(Database& database) {
  CLAVIGER_ASSIGN(const std::int64_t application, database.query_integer("PRAGMA application_id"));
  CLAVIGER_ASSIGN(const std::int64_t version, database.query_integer("PRAGMA user_version"));
  CLAVIGER_ASSIGN(const std::int64_t objects, database.query_integer("SELECT count(*) FROM sqlite_schema"));
  if (application == 0 && version == 0 && objects == 0) return true;
  if (application != kApplicationId) return fail(Error::corrupt("the file is not a store"));
  if (version != kFormatVersion) {
    return fail(ErrorCode::kUnsupportedOperation, {},
                fmt::format("the store has format version {}; this program reads {}", version, int{kFormatVersion}));
  }
  return false;
}

Result<Bytes> read_meta(Database& database, std::int64_t id) {
  CLAVIGER_ASSIGN(const Statement statement, database.prepare("SELECT sealed FROM meta WHERE id=?"));
  Query query(statement);
  CLAVIGER_ASSIGN(const bool row, query.bind(id).step());
  if (!row) return fail(Error::corrupt("the store's identity or state is missing"));
  return to_bytes(query.blob(0));
}

// An older state row put back would give revisions out twice.
Status check_state_is_newest(Database& database, const StoreState& state) {
  CLAVIGER_ASSIGN(const std::int64_t sequence,
                  database.query_integer("SELECT max(coalesce((SELECT max(sequence) FROM records), 0),"
                                         "           coalesce((SELECT max(sequence) FROM deletions), 0))"));
  CLAVIGER_ASSIGN(const std::int64_t tagged, database.query_integer("SELECT coalesce(max(revision), 0) FROM tags"));
  if (state.revision >= kMaxRevision || sequence < 0 || tagged < 0 ||
      state.revision < std::max(revision_of(sequence), static_cast<Revision>(tagged))) {
    return fail(Error::corrupt("rows are newer than the store's state"));
  }
  return {};
}

}  // namespace

Result<OpenedDatabase> open_database(const SqliteOptions& options, RecordSealer& sealer, RandomSource& random) {
  if (options.vfs.empty()) CLAVIGER_TRY(prepare_file(options));
  CLAVIGER_ASSIGN(Database database, Database::open(options.path, options.create && !options.vfs.empty(),
                                                    options.vfs.empty() ? nullptr : options.vfs.c_str()));
  CLAVIGER_TRY(configure(database, options));
  CLAVIGER_ASSIGN(const bool blank, is_blank(database));
  if (blank && !options.create) return fail(Error::corrupt("the store was never made"));
  if (blank) CLAVIGER_TRY(database.execute("PRAGMA page_size=4096; PRAGMA auto_vacuum=NONE;"));
  CLAVIGER_ASSIGN(const std::string mode, database.query_text("PRAGMA journal_mode=WAL"));
  if (mode != "wal") return fail(Error::io("the database cannot use a write-ahead log"));
  if (blank) CLAVIGER_TRY(create_schema(database, sealer, random));
  // Frames that the last process wrote and did not sync count as committed for SQLite. Before
  // anybody hears of them they must be on disk; a checkpoint syncs the log, then the file.
  CLAVIGER_TRY(database.checkpoint(true));

  CLAVIGER_ASSIGN(const std::int64_t page_size, database.query_integer("PRAGMA page_size"));
  if (page_size != 4096) return fail(Error::corrupt("the database has another page size"));
  CLAVIGER_TRY(check_schema(database));
  CLAVIGER_ASSIGN(const Bytes sealed_identity, read_meta(database, 1));
  CLAVIGER_ASSIGN(const StoreId id, open_identity(sealer, sealed_identity));
  CLAVIGER_ASSIGN(const Bytes sealed_state, read_meta(database, 2));
  CLAVIGER_ASSIGN(const StoreState state, RowSealer(sealer, id).open_state(sealed_state));
  CLAVIGER_TRY(check_state_is_newest(database, state));
  return OpenedDatabase{std::move(database), id, state};
}

}  // namespace claviger::store
