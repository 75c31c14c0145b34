// RSAES-OAEP (RFC 8017 section 7.1) with an empty label, and MGF1 with the same hash.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "base/secret.h"
#include "crypto/asymmetric_key.h"

namespace claviger::crypto {

enum class OaepHash : std::uint8_t { kSha1, kSha256 };

// The longest plaintext; `kind` is of RSA.
std::size_t max_oaep_plaintext(KeyKind kind, OaepHash hash);
// Bytes in every ciphertext.
std::size_t oaep_ciphertext_bytes(KeyKind kind);

// Needs an RSA key and a plaintext within the bound. Thread-safe.
Bytes oaep_encrypt(const PublicKey& key, OaepHash hash, const SecretBytes& plaintext);
// Nothing for whatever was not encrypted for this key with this hash: neither the result nor, as far as OpenSSL goes,
// the time tells why. Thread-safe.
[[nodiscard]] std::optional<SecretBytes> oaep_decrypt(const PrivateKey& key, OaepHash hash, ByteSpan ciphertext);

}  // namespace claviger::crypto
