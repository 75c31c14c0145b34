// SHA-256 and HMAC-SHA-256 with contexts that are made once and reused: a context fetched per call
// costs more than the hash.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>

#include "base/bytes.h"
#include "base/secret.h"

namespace claviger::crypto {

using Digest256 = std::array<std::uint8_t, 32>;

// FIPS 180-4 SHA-256. Not thread-safe; keep one per thread. A moved-from object may only be
// destroyed or assigned to.
class Sha256 final {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;

  void update(ByteSpan bytes);
  // The digest of what was given to update() since the start or the last finish(); then starts
  // anew.
  Digest256 finish();
  Digest256 digest(ByteSpan bytes) {
    update(bytes);
    return finish();
  }

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// FIPS 198-1 HMAC with SHA-256, under one key that is set once and used many times; a key may have
// any length. Not thread-safe. The key's schedule is wiped on destruction and when another key is
// set. A moved-from object may only be destroyed or assigned to.
class HmacSha256 final {
 public:
  explicit HmacSha256(const SecretBytes& key);
  // For a key that is not kept as SecretBytes: one in protected memory, or one that is no secret.
  explicit HmacSha256(ByteSpan key);
  ~HmacSha256();
  HmacSha256(HmacSha256&&) noexcept;
  HmacSha256& operator=(HmacSha256&&) noexcept;

  void set_key(const SecretBytes& key);
  void set_key(ByteSpan key);
  Digest256 mac(ByteSpan message);
  // The same into the caller's memory, for codes that are keys themselves.
  void mac_into(ByteSpan message, std::span<std::uint8_t, 32> out);
  // The same as secret bytes: for chains of derivation, such as Signature Version 4's.
  SecretBytes mac_secret(ByteSpan message);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace claviger::crypto
