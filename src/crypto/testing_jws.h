// For tests only: keys to sign JSON Web Tokens with.
#pragma once

#include <memory>
#include <string>

#include "base/bytes.h"

namespace claviger::crypto {

class TestTokenKey final {
 public:
  // New ones.
  static TestTokenKey rsa();   // 2,048 bits
  static TestTokenKey p256();  // NIST P-256
  ~TestTokenKey();
  TestTokenKey(TestTokenKey&&) noexcept;

  // As JSON Web Signature wants it: RS256, or ES256 with r and s.
  Bytes sign(ByteSpan message) const;
  // The public key: modulus and exponent, or the coordinates.
  const Bytes& first() const;
  const Bytes& second() const;

 private:
  struct Impl;
  explicit TestTokenKey(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace claviger::crypto
