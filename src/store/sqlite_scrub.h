// Removing what deleted rows leave behind in the file. Internal to store/.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "base/result.h"
#include "store/sqlite_database.h"

namespace claviger::store {

// Pages stay below this number, so that the first byte of an overflow or free page, which is the
// high byte of a page number, is never taken for the type of a b-tree page (2, 5, 10 or 13).
inline constexpr std::int64_t kMaxPages = 0x01ffffff;

// Where a b-tree page of `page_size` bytes has its unallocated space; nullopt for a page that is not
// of a b-tree, or whose header makes no sense. `number` is the page's, from 1. SQLite's file format,
// section 1.6.
struct Gap {
  std::size_t begin = 0;
  std::size_t end = 0;
};
std::optional<Gap> unallocated_space(ByteSpan page, std::uint32_t number);

// One step of a scrub: empties the write-ahead log into the file, and zeroes the unallocated space of
// the pages from `first_page` (from 1) on. Returns the page to go on with, 0 at the end. SQLite's
// secure_delete zeroes a row where it is deleted; but where a b-tree was balanced, copies of the
// rows that moved stay behind in the unallocated space of the pages they left, and nothing zeroes
// those when the row itself goes.
[[nodiscard]] Result<std::uint32_t> scrub_pages(Database& database, std::uint32_t first_page);

}  // namespace claviger::store
