// The clear part of a symmetric ciphertext. docs/formats/ciphertext.md has the whole.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "base/identifiers.h"

namespace claviger::hsm {

// Names one version of a KMS key's material: 32 random bytes that say nothing about it.
using MaterialId = std::array<std::uint8_t, 32>;

inline constexpr std::size_t kMaxPlaintextBytes = 4096;
// How much longer than its plaintext a ciphertext is.
inline constexpr std::size_t kCiphertextOverhead = 157;

struct CiphertextHeader {
  AccountId account;
  KeyId key;
  MaterialId material;
};

// Whose key made this blob, by its own claim: nothing is verified but the form. nullopt when it
// cannot be a ciphertext of ours.
std::optional<CiphertextHeader> parse_ciphertext(ByteSpan blob);

}  // namespace claviger::hsm
