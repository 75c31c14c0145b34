// Wrapping of the root key under a key that a seal has derived. Included by hsm/*.cc only.
#pragma once

#include "base/bytes.h"
#include "base/random.h"
#include "base/result.h"
#include "base/secret.h"
#include "crypto/aead.h"

namespace claviger::hsm {

inline constexpr std::size_t kRootKeyBytes = 32;
inline constexpr std::size_t kWrappedRootBytes = crypto::Aes256Gcm::kSealOverhead + kRootKeyBytes;

// What a seal derives its wrapping key with, anew for each wrapping.
inline constexpr std::size_t kSealSaltBytes = 16;

// The one error of a root key that does not unwrap.
Error keyring_does_not_open();

// `wrapped` holds the seal's parameters; the wrapped root key is appended and bound to them and to
// `associated`.
void append_wrapped_root(crypto::Key256 key, const SecretBytes& root, ByteSpan associated, RandomSource& random,
                         Bytes& wrapped);
// `parameter_size` is how many bytes of `wrapped` are the seal's parameters.
[[nodiscard]] Result<SecretBytes> open_wrapped_root(crypto::Key256 key, ByteSpan wrapped, std::size_t parameter_size,
                                                    ByteSpan associated);

}  // namespace claviger::hsm
