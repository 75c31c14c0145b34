// Whose attestation documents a server believes, read from a file.
#pragma once

#include <string>

#include "base/result.h"
#include "hsm/attestation.h"

namespace claviger::cli {

// The certificates of a PEM file of at most 1 MiB, each taken for a root; nobody's when the path is empty. kIo when it
// cannot be read, kValidation when it has no certificate or a bad one.
[[nodiscard]] Result<hsm::AttestationVerifier> read_attestation_roots(const std::string& path);

}  // namespace claviger::cli
