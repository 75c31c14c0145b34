// Ed25519 signatures (RFC 8032 section 5.1, the pure form).
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "base/bytes.h"

namespace claviger::crypto {

using Ed25519Seed = std::span<const std::uint8_t, 32>;
using Ed25519PublicKey = std::array<std::uint8_t, 32>;
using Ed25519Signature = std::array<std::uint8_t, 64>;

// The seed is RFC 8032's private key. All three functions are thread-safe.
Ed25519PublicKey ed25519_public_key(Ed25519Seed seed);
Ed25519Signature ed25519_sign(Ed25519Seed seed, ByteSpan message);
// False for every signature, key or message that does not verify, malformed ones included.
[[nodiscard]] bool ed25519_verify(ByteSpan public_key, ByteSpan message, ByteSpan signature);

}  // namespace claviger::crypto
