// The production source of randomness.
#pragma once

#include <memory>

#include "base/random.h"

namespace claviger::crypto {

// OpenSSL's CTR_DRBG (AES-256, seeded and reseeded from the operating system; SP 800-90A), drawn in
// blocks because a draw of its own for each nonce costs more than the cipher. Bytes handed out are
// wiped from the block at once, and none is ever handed out twice, across fork() included. Not
// thread-safe: one per thread, or behind a Guarded.
class BlockRandom final : public RandomSource {
 public:
  BlockRandom();
  ~BlockRandom() override;
  void fill(MutableByteSpan out) override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// The same source without a block of its own. Thread-safe; for what is drawn rarely.
class SystemRandom final : public RandomSource {
 public:
  void fill(MutableByteSpan out) override;
};

}  // namespace claviger::crypto
