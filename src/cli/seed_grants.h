// Grants of a seed. Internal to cli/.
#pragma once

#include "cli/seed_stage.h"
#include "keys/record.h"

namespace claviger::cli {

// Adds to `stage` what makes the grants on a key. `revision` is that of its stored record, 0 for a key that the seed
// makes. A grant of the same name that is there already must be as the seed says. kValidation with the place, else an
// error of our own.
[[nodiscard]] Status plan_grants(SeedStage& stage, const SeedKey& key, const keys::KeyRecord& record,
                                 store::Revision revision);

}  // namespace claviger::cli
