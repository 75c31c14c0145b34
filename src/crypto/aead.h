// AES-256-GCM (NIST SP 800-38D) with 96-bit nonces and 128-bit tags, and nothing else.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "base/bytes.h"
#include "base/random.h"

namespace claviger::crypto {

using Key256 = std::span<const std::uint8_t, 32>;
using Nonce96 = std::span<const std::uint8_t, 12>;

// Authenticated and not encrypted; its own type so that it cannot be taken for the plaintext.
struct Aad {
  ByteSpan bytes;
};

// A cipher context that is made once and reused. Not thread-safe: one per thread. Plaintexts and
// outputs must not overlap. A moved-from object may only be destroyed or assigned to.
class Aes256Gcm final {
 public:
  static constexpr std::size_t kNonceSize = 12;
  static constexpr std::size_t kTagSize = 16;
  // What seal() adds to the plaintext's length.
  static constexpr std::size_t kSealOverhead = kNonceSize + kTagSize;
  // No plaintext is longer: a broken invariant in seal, a refusal in open.
  static constexpr std::size_t kMaxPlaintext = std::size_t{1} << 30;

  Aes256Gcm();
  ~Aes256Gcm();
  Aes256Gcm(Aes256Gcm&&) noexcept;
  Aes256Gcm& operator=(Aes256Gcm&&) noexcept;

  // Appends nonce, ciphertext and tag to `out`. The nonce is drawn here. A key may seal 2^32 times
  // (SP 800-38D section 8.3).
  void seal(Key256 key, Aad aad, ByteSpan plaintext, RandomSource& random, Bytes& out);
  // Opens what seal() appended. `plaintext` has sealed.size() - kSealOverhead bytes, else false.
  // When the result is false `plaintext` is all zeros.
  [[nodiscard]] bool open(Key256 key, Aad aad, ByteSpan sealed, MutableByteSpan plaintext);

  // The cipher with the caller's nonce. A nonce used twice under one key gives away both plaintexts
  // and the authentication key: only for a key that encrypts once. `ciphertext_and_tag` is
  // kTagSize bytes longer than `plaintext`.
  void seal_unchecked_nonce(Key256 key, Nonce96 nonce, Aad aad, ByteSpan plaintext, MutableByteSpan ciphertext_and_tag);
  // Its reverse, with the contract of open().
  [[nodiscard]] bool open_with_nonce(Key256 key, Nonce96 nonce, Aad aad, ByteSpan ciphertext_and_tag,
                                     MutableByteSpan plaintext);

  // Overwrites the schedule of the last key, which otherwise stays in the context until the next
  // key takes its place or the object ends.
  void forget_key();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace claviger::crypto
