// The policies, groups, users and roles of a seed file. Internal to cli/.
#pragma once

#include <string_view>
#include <vector>

#include "cli/seed.h"
#include "cli/seed_fields.h"

namespace claviger::cli {

// Appends what the fields `Policies`, `Groups`, `Users` and `Roles` of an account say. kValidation with the place for
// what is not of the format; an error says nothing of a secret.
[[nodiscard]] Status read_seed_entities(std::string_view file, const SeedFields& account_fields,
                                        const AccountId& account, std::vector<SeedEntity>& entities);

}  // namespace claviger::cli
