// Byte sequences that are not secret, and bounds-checked cursors over the stored and sent formats.
// All integers are big-endian.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"

namespace claviger {

using Bytes = std::vector<std::uint8_t>;
using ByteSpan = std::span<const std::uint8_t>;
using MutableByteSpan = std::span<std::uint8_t>;

inline ByteSpan as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
inline std::string_view as_text(ByteSpan bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }
inline Bytes to_bytes(ByteSpan bytes) { return Bytes(bytes.begin(), bytes.end()); }

// Appends fields to a byte vector that it borrows.
class ByteWriter final {
 public:
  explicit ByteWriter(Bytes& out) : out_(out) {}

  void u8(std::uint8_t value) { out_.push_back(value); }
  void u16(std::uint16_t value) { integer(value, 2); }
  void u32(std::uint32_t value) { integer(value, 4); }
  void u64(std::uint64_t value) { integer(value, 8); }
  void raw(ByteSpan bytes) { out_.insert(out_.end(), bytes.begin(), bytes.end()); }
  // A length in two or four bytes, then the bytes. Longer input is a broken invariant: bound it
  // first.
  void sized16(ByteSpan bytes) {
    CLAVIGER_CHECK(bytes.size() <= std::numeric_limits<std::uint16_t>::max());
    u16(static_cast<std::uint16_t>(bytes.size()));
    raw(bytes);
  }
  void sized32(ByteSpan bytes) {
    CLAVIGER_CHECK(bytes.size() <= std::numeric_limits<std::uint32_t>::max());
    u32(static_cast<std::uint32_t>(bytes.size()));
    raw(bytes);
  }

 private:
  void integer(std::uint64_t value, int width) {
    for (int shift = (width - 1) * 8; shift >= 0; shift -= 8) {
      out_.push_back(static_cast<std::uint8_t>(value >> shift));
    }
  }

  Bytes& out_;
};

// Reads fields from bytes that it borrows. After a read beyond the end every further read fails
// too, so a parser may check once, at its end. Hostile input is expected.
class ByteReader final {
 public:
  explicit ByteReader(ByteSpan bytes) : rest_(bytes) {}

  std::uint8_t u8() { return static_cast<std::uint8_t>(integer(1)); }
  std::uint16_t u16() { return static_cast<std::uint16_t>(integer(2)); }
  std::uint32_t u32() { return static_cast<std::uint32_t>(integer(4)); }
  std::uint64_t u64() { return integer(8); }
  // A view of the next `size` bytes; empty after a failure.
  ByteSpan raw(std::size_t size) {
    if (failed_ || size > rest_.size()) {
      failed_ = true;
      return {};
    }
    ByteSpan result = rest_.first(size);
    rest_ = rest_.subspan(size);
    return result;
  }
  ByteSpan sized16() { return raw(u16()); }
  ByteSpan sized32() { return raw(u32()); }
  template <std::size_t N>
  std::array<std::uint8_t, N> array() {
    std::array<std::uint8_t, N> result{};
    ByteSpan bytes = raw(N);
    for (std::size_t i = 0; i < bytes.size(); ++i) result[i] = bytes[i];
    return result;
  }
  ByteSpan rest() const { return rest_; }
  bool failed() const { return failed_; }
  // True when every read succeeded and nothing is left over.
  bool done() const { return !failed_ && rest_.empty(); }

 private:
  std::uint64_t integer(std::size_t width) {
    std::uint64_t value = 0;
    for (std::uint8_t byte : raw(width)) value = (value << 8) | byte;
    return value;
  }

  ByteSpan rest_;
  bool failed_ = false;
};

}  // namespace claviger
