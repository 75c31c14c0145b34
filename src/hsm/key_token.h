// Key tokens: backing keys wrapped under a domain key (docs/formats/key-token.md). Included by
// hsm/*.cc only.
#pragma once

#include <cstddef>
#include <optional>

#include "base/bytes.h"
#include "base/random.h"
#include "base/result.h"
#include "crypto/aead.h"
#include "hsm/ciphertext.h"
#include "hsm/keyring.h"
#include "hsm/session.h"

namespace claviger::hsm {

// The largest are private keys of ML-DSA-87: 5 KB.
inline constexpr std::size_t kMaxBackingKeyBytes = 8192;
inline constexpr std::size_t kTokenOverhead = 1 + 4 + crypto::Aes256Gcm::kSealOverhead;

// How long the backing key in this token is, if it is one; nullopt when it cannot be.
std::optional<std::size_t> backing_key_bytes(ByteSpan token);

// The error of those who find that a stored token does not open; not for what clients send.
Error token_does_not_open();

// Both use `aad` as scratch memory and leave their key in `gcm`.

// 1 to kMaxBackingKeyBytes bytes.
Bytes wrap_backing_key(const Keyring& keyring, crypto::Aes256Gcm& gcm, RandomSource& random, Bytes& aad,
                       const KeyBinding& binding, const MaterialId& material, ByteSpan backing_key);
// False unless the token opens and its backing key is as long as `backing_key`, which is then all zeros.
[[nodiscard]] bool open_token(const Keyring& keyring, crypto::Aes256Gcm& gcm, Bytes& aad, const KeyBinding& binding,
                              const MaterialId& material, ByteSpan token, MutableByteSpan backing_key);

}  // namespace claviger::hsm
