// Keys from passphrases.
#pragma once

#include <cstdint>

#include "base/bytes.h"
#include "base/result.h"
#include "base/secret.h"

namespace claviger::crypto {

// The cost of one derivation. Read from a file it is hostile: argon2id() refuses what is out of
// bounds before it allocates.
struct Argon2Cost {
  std::uint32_t memory_kib = 64 * 1024;  // 8 * lanes to 1,048,576 (1 GiB)
  std::uint32_t passes = 3;              // 1 to 16
  std::uint32_t lanes = 1;               // 1 to 16; computed one after the other
  bool in_bounds() const;
};

struct Argon2Input {
  const SecretBytes& passphrase;
  ByteSpan salt;  // 8 bytes or more; 16 random ones are recommended
  ByteSpan secret = {};
  ByteSpan associated_data = {};
};

// Argon2id version 0x13 (RFC 9106). Fills `out`, 4 to 1024 bytes. kValidation for a cost, salt or
// output size out of bounds, kInternal when memory is short; `out` is then all zeros.
[[nodiscard]] Status argon2id(const Argon2Cost& cost, const Argon2Input& input, MutableByteSpan out);

}  // namespace claviger::crypto
