// For tests only: sealers that do not encrypt, so that a test can look for what a file holds.
#pragma once

#include "base/bytes.h"
#include "base/random.h"
#include "base/result.h"
#include "store/store.h"

namespace claviger::store {

// Authenticates with a 64-bit FNV-1a over key, context and value, in front of the value in clear:
// enough to notice every accident a test makes, and nothing more.
class ClearSealer final : public RecordSealer {
 public:
  explicit ClearSealer(std::uint64_t key = 0) : key_(key) {}

  Bytes seal(ByteSpan context, ByteSpan value) override {
    Bytes sealed;
    ByteWriter writer(sealed);
    writer.u64(tag(context, value));
    writer.raw(value);
    return sealed;
  }
  Result<Bytes> open(ByteSpan context, ByteSpan sealed) override {
    ByteReader reader(sealed);
    const std::uint64_t stored = reader.u64();
    if (reader.failed() || stored != tag(context, reader.rest())) return fail(Error::corrupt("tag mismatch"));
    return to_bytes(reader.rest());
  }

 private:
  std::uint64_t tag(ByteSpan context, ByteSpan value) const {
    std::uint64_t hash = 0xcbf29ce484222325 ^ key_;
    for (std::size_t rest = context.size(); rest != 0; rest >>= 8) hash = mixed(hash, static_cast<std::uint8_t>(rest));
    for (std::uint8_t byte : context) hash = mixed(hash, byte);
    for (std::uint8_t byte : value) hash = mixed(hash, byte);
    return hash;
  }

  static constexpr std::uint64_t mixed(std::uint64_t hash, std::uint8_t byte) { return (hash ^ byte) * 0x100000001b3; }

  const std::uint64_t key_;
};

// 1, 2, 3, ... from `start` on.
class CountingRandom final : public RandomSource {
 public:
  explicit CountingRandom(std::uint8_t start = 1) : next_(start) {}
  void fill(MutableByteSpan out) override {
    for (std::uint8_t& byte : out) byte = next_++;
  }

 private:
  std::uint8_t next_;
};

}  // namespace claviger::store
