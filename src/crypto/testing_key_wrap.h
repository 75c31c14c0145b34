// For tests only: the other direction of key_wrap.h.
#pragma once

#include "base/bytes.h"
#include "base/secret.h"

namespace claviger::crypto {

// AES key wrap with padding (RFC 5649) under a 256-bit key.
Bytes wrap_with_padding(const SecretBytes& key, const SecretBytes& plaintext);

}  // namespace claviger::crypto
