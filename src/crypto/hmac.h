// HMAC (FIPS 198-1) over the SHA-2 family. HMAC-SHA-256 on the request path is in crypto/digest.h.
#pragma once

#include <cstdint>
#include <memory>

#include "base/bytes.h"
#include "base/secret.h"

namespace claviger::crypto {

enum class HashAlgorithm : std::uint8_t { kSha224, kSha256, kSha384, kSha512 };

// Bytes in a digest of the algorithm, and in a whole HMAC code with it.
std::size_t digest_size(HashAlgorithm algorithm);

// One algorithm, any number of keys. Not thread-safe. The key is wiped when each call ends. A
// moved-from object may only be destroyed or assigned to.
class Hmac final {
 public:
  explicit Hmac(HashAlgorithm algorithm);
  ~Hmac();
  Hmac(Hmac&&) noexcept;
  Hmac& operator=(Hmac&&) noexcept;

  Bytes mac(const SecretBytes& key, ByteSpan message);
  // For a key in protected memory.
  Bytes mac(ByteSpan key, ByteSpan message);
  // True when `code` is the whole code, never a part of it; in constant time.
  [[nodiscard]] bool verify(const SecretBytes& key, ByteSpan message, ByteSpan code);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace claviger::crypto
