// Seeds in the format of the emulator local-kms, version 3 (github.com/nsmithuk/local-kms, README.md, "Seeding file
// format"). Internal to cli/.
#pragma once

#include "cli/seed.h"

namespace claviger::cli {

// As parse_seed(), of a file without the field ClavigerSeed.
[[nodiscard]] Result<std::vector<SeedKey>> read_local_kms(std::string_view file, const yaml::Node& root,
                                                          const SeedOptions& options);

}  // namespace claviger::cli
