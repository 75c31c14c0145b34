// Key tokens: backing keys wrapped under a domain key (docs/formats/key-token.md). Included by
// hsm/*.cc only.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "base/bytes.h"
#include "base/random.h"
#include "crypto/aead.h"
#include "hsm/ciphertext.h"
#include "hsm/keyring.h"
#include "hsm/session.h"

namespace claviger::hsm {

inline constexpr std::size_t kBackingKeyBytes = 32;
inline constexpr std::size_t kTokenBytes = 1 + 4 + crypto::Aes256Gcm::kSealOverhead + kBackingKeyBytes;

// Both use `aad` as scratch memory and leave their key in `gcm`.

Bytes wrap_backing_key(const Keyring& keyring, crypto::Aes256Gcm& gcm, RandomSource& random, Bytes& aad,
                       const KeyBinding& binding, const MaterialId& material, ByteSpan backing_key);
// When the result is false `backing_key` is all zeros.
[[nodiscard]] bool open_token(const Keyring& keyring, crypto::Aes256Gcm& gcm, Bytes& aad, const KeyBinding& binding,
                              const MaterialId& material, ByteSpan token,
                              std::span<std::uint8_t, kBackingKeyBytes> backing_key);

}  // namespace claviger::hsm
