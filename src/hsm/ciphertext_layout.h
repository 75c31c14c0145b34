// Where the fields of a ciphertext lie (docs/formats/ciphertext.md). Included by hsm/*.cc only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "hsm/ciphertext.h"

namespace claviger::hsm::layout {

inline constexpr std::uint8_t kVersion = 1;

inline constexpr std::size_t kAccountAt = 1;
inline constexpr std::size_t kAccountBytes = 12;
inline constexpr std::size_t kKeyAt = kAccountAt + kAccountBytes;
inline constexpr std::size_t kKeyBytes = 36;
inline constexpr std::size_t kMaterialAt = kKeyAt + kKeyBytes;
inline constexpr std::size_t kMaterialBytes = 32;
inline constexpr std::size_t kNonceAt = kMaterialAt + kMaterialBytes;
inline constexpr std::size_t kNonceBytes = 16;
inline constexpr std::size_t kIvAt = kNonceAt + kNonceBytes;
inline constexpr std::size_t kIvBytes = 12;
inline constexpr std::size_t kCommitmentAt = kIvAt + kIvBytes;
inline constexpr std::size_t kCommitmentBytes = 32;
inline constexpr std::size_t kHeaderBytes = kCommitmentAt + kCommitmentBytes;
inline constexpr std::size_t kTagBytes = 16;
static_assert(kHeaderBytes + kTagBytes == kCiphertextOverhead);
// The API's bound on a ciphertext.
static_assert(kMaxPlaintextBytes + kCiphertextOverhead <= 6144);

// The labels of the two keys derived from a backing key and the nonce. Of one length and short
// enough that the KDF's input with either fits one block of SHA-256.
inline constexpr std::string_view kEncryptionLabel = "claviger/v1/encrypt";
inline constexpr std::string_view kCommitmentLabel = "claviger/v1/commit.";
static_assert(kEncryptionLabel.size() == kCommitmentLabel.size());
static_assert(4 + kEncryptionLabel.size() + 1 + kNonceBytes + 4 <= 55);

}  // namespace claviger::hsm::layout
