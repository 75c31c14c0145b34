// What a start does before it serves: the store and the audit log are brought to say the same.
#pragma once

#include <cstddef>

#include "audit/log.h"
#include "server/log.h"
#include "store/store.h"

namespace claviger::server {

// kCorrupt when the store is older than the audit log says: it was rolled back, or belongs to another directory.
[[nodiscard]] Status check_anchor(const audit::Log& log, const store::Store& store);

// Writes the event of every change whose intent is in the log and whose event is not, according to whether the store
// has its commit. Returns how many. Blocks. After an error some may have been written; the next start goes on.
[[nodiscard]] Result<std::size_t> complete_open_intents(audit::Log& log, store::Store& store, Logger& logger);

}  // namespace claviger::server
