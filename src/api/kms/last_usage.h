// What the store knows of a key's use.
#pragma once

#include "base/result.h"
#include "keys/last_use.h"
#include "keys/record.h"
#include "store/store.h"

namespace claviger::api::kms {

// Reads the store, so it blocks. kCorrupt when a record does not decode.
[[nodiscard]] Result<keys::Usage> read_usage(store::Store& store, const keys::KeyRecord& key);

}  // namespace claviger::api::kms
