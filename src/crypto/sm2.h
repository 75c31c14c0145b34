// The public key encryption of SM2 (GB/T 32918.4, which is GM/T 0003.4) with SM3, and ciphertexts as GM/T 0009 encodes
// them: a DER SEQUENCE of the coordinates of a point, INTEGERs; a hash; the masked plaintext, both OCTET STRINGs.
#pragma once

#include <cstddef>
#include <optional>

#include "base/bytes.h"
#include "base/secret.h"
#include "crypto/asymmetric_key.h"

namespace claviger::crypto {

// Needs a key of SM2 and a plaintext of at least one byte: of none the standard has no ciphertext. Thread-safe.
Bytes sm2_encrypt(const PublicKey& key, const SecretBytes& plaintext);

// How long the plaintext of this ciphertext would be. Nothing for what is no ciphertext of any key: other than DER,
// something behind it, a coordinate outside the field, a hash of another length, no plaintext. Thread-safe.
[[nodiscard]] std::optional<std::size_t> sm2_plaintext_bytes(ByteSpan ciphertext);

// Needs a key of SM2. Nothing for whatever was not encrypted for this key: the result does not tell why. Thread-safe.
[[nodiscard]] std::optional<SecretBytes> sm2_decrypt(const PrivateKey& key, ByteSpan ciphertext);

}  // namespace claviger::crypto
