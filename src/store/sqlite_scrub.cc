#include "store/sqlite_scrub.h"

namespace claviger::store {

Status scrub_database(Database& database) { return database.checkpoint(true); }

}  // namespace claviger::store
