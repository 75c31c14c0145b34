// Removing what deleted rows leave behind in the file. Internal to store/.
#pragma once

#include "base/result.h"
#include "store/sqlite_database.h"

namespace claviger::store {

// Empties the write-ahead log into the file.
[[nodiscard]] Status scrub_database(Database& database);

}  // namespace claviger::store
