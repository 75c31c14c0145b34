#include "store/sqlite_scrub.h"

#include <algorithm>
#include <array>

namespace claviger::store {
namespace {

constexpr std::size_t kPageSize = 4096;
constexpr std::size_t kFileHeaderSize = 100;
// A step holds the connection: 8 MiB take a few milliseconds.
constexpr std::uint32_t kPagesPerStep = 2048;

Result<sqlite3_file*> main_file(Database& database) {
  sqlite3_file* file = nullptr;
  const int code =
      sqlite3_file_control(database.handle(), "main", SQLITE_FCNTL_FILE_POINTER, static_cast<void*>(&file));
  if (code != SQLITE_OK || file == nullptr || file->pMethods == nullptr) {
    return fail(sqlite_error(database.handle(), code));
  }
  return file;
}

Status zero(sqlite3_file* file, std::uint32_t page, Gap gap) {
  static constexpr std::array<std::uint8_t, kPageSize> kZeros{};
  const auto offset = static_cast<sqlite3_int64>(page - 1) * static_cast<sqlite3_int64>(kPageSize) +
                      static_cast<sqlite3_int64>(gap.begin);
  const int code = file->pMethods->xWrite(file, kZeros.data(), static_cast<int>(gap.end - gap.begin), offset);
  if (code != SQLITE_OK) return fail(sqlite_error(nullptr, code));
  return {};
}

}  // namespace

std::optional<Gap> unallocated_space(ByteSpan page, std::uint32_t number) {
  ByteReader reader(page);
  const std::size_t header = number == 1 ? kFileHeaderSize : 0;
  reader.raw(header);
  const std::uint8_t type = reader.u8();
  if (reader.failed() || (type != 2 && type != 5 && type != 10 && type != 13)) return std::nullopt;
  reader.u16();  // first free block: allocated space, zeroed by secure_delete
  const std::size_t cells = reader.u16();
  std::size_t content = reader.u16();
  if (content == 0) content = 65536;
  const std::size_t header_size = type == 2 || type == 5 ? 12 : 8;
  const Gap gap{header + header_size + 2 * cells, content};
  if (reader.failed() || gap.begin > gap.end || gap.end > page.size()) return std::nullopt;
  return gap;
}

Result<std::uint32_t> scrub_pages(Database& database, std::uint32_t first_page) {
  CLAVIGER_TRY(database.checkpoint(true));
  CLAVIGER_ASSIGN(sqlite3_file* const file, main_file(database));
  CLAVIGER_ASSIGN(const std::int64_t pages, database.query_integer("PRAGMA page_count"));
  if (first_page > pages) return 0;
  const auto count = static_cast<std::uint32_t>(std::min<std::int64_t>(kPagesPerStep, pages - first_page + 1));
  Bytes bytes(count * kPageSize);
  const auto offset = static_cast<sqlite3_int64>(first_page - 1) * static_cast<sqlite3_int64>(kPageSize);
  int code = file->pMethods->xRead(file, bytes.data(), static_cast<int>(bytes.size()), offset);
  if (code != SQLITE_OK) return fail(sqlite_error(nullptr, code));

  bool changed = false;
  for (std::uint32_t i = 0; i < count; ++i) {
    const ByteSpan page = ByteSpan(bytes).subspan(i * kPageSize, kPageSize);
    const std::optional<Gap> gap = unallocated_space(page, first_page + i);
    if (!gap) continue;
    const ByteSpan unused = page.subspan(gap->begin, gap->end - gap->begin);
    if (std::all_of(unused.begin(), unused.end(), [](std::uint8_t byte) { return byte == 0; })) continue;
    CLAVIGER_TRY(zero(file, first_page + i, *gap));
    changed = true;
  }
  if (changed) {
    code = file->pMethods->xSync(file, SQLITE_SYNC_NORMAL);
    if (code != SQLITE_OK) return fail(sqlite_error(nullptr, code));
    // A cached page would bring back what it still holds when it is next written.
    code = sqlite3_db_release_memory(database.handle());
    if (code != SQLITE_OK) return fail(sqlite_error(database.handle(), code));
  }
  return first_page + count > pages ? 0 : first_page + count;
}

}  // namespace claviger::store
