// RSAES-OAEP (crypto/oaep.h) around a key that unwraps something else.
#pragma once

#include "base/bytes.h"
#include "base/secret.h"
#include "crypto/asymmetric_key.h"
#include "crypto/oaep.h"

namespace claviger::crypto {

// As oaep_decrypt(), so that nobody learns which of the two does not open: a plaintext as long as `stand_in`, and
// `stand_in` for whatever was not encrypted for this key with this hash or has another length. What of it happened
// shows neither in the result nor, as far as OpenSSL goes, in the time. `ciphertext` has oaep_ciphertext_bytes(),
// `stand_in` at most max_oaep_plaintext(). Thread-safe.
[[nodiscard]] SecretBytes oaep_decrypt_or(const PrivateKey& key, OaepHash hash, ByteSpan ciphertext,
                                          const SecretBytes& stand_in);

}  // namespace claviger::crypto
