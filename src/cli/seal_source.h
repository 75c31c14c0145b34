// Makes the seal of a root key from what an operator gave: a key file, or a passphrase that never stands in `argv`.
#pragma once

#include <memory>

#include "base/random.h"
#include "base/result.h"
#include "cli/config.h"
#include "hsm/seal.h"

namespace claviger::cli {

// The seal to open with, or (`create`) to make a keyring with: a key file that does not exist is then made. A
// passphrase is the first line of its file, at most 1024 bytes. kIo, kValidation.
[[nodiscard]] Result<std::unique_ptr<hsm::Seal>> make_seal(const SealConfig& config, bool create, RandomSource& random);

}  // namespace claviger::cli
