// Accounts, policies, groups, users and roles of a seed. Internal to cli/.
#pragma once

#include "cli/seed_stage.h"

namespace claviger::cli {

// Adds to `stage` what makes them. Those that are there already must be as the seed says. kValidation with the place,
// else an error of our own.
[[nodiscard]] Status plan_identities(SeedStage& stage);

}  // namespace claviger::cli
