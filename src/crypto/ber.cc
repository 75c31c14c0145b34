#include "crypto/ber.h"

#include <cstddef>
#include <cstdint>

namespace claviger::crypto {
namespace {

constexpr std::uint8_t kLongTag = 0x1f;
constexpr std::uint8_t kConstructed = 0x20;
constexpr std::uint8_t kLongLength = 0x80;

bool skip_element(ByteReader& reader, int depth);

// Elements up to the two zero bytes that end an indefinite length.
bool skip_to_end(ByteReader& reader, int depth) {
  while (!reader.failed()) {
    const ByteSpan rest = reader.rest();
    if (rest.size() >= 2 && rest[0] == 0 && rest[1] == 0) {
      reader.raw(2);
      return true;
    }
    if (!skip_element(reader, depth)) return false;
  }
  return false;
}

// Bounded by kMaxBerDepth calls of itself.
bool skip_element(ByteReader& reader, int depth) {
  if (depth > kMaxBerDepth) return false;
  const std::uint8_t tag = reader.u8();
  if (reader.failed() || tag == 0 || (tag & kLongTag) == kLongTag) return false;
  const bool constructed = (tag & kConstructed) != 0;
  std::size_t size = reader.u8();
  if (size == kLongLength) return constructed && skip_to_end(reader, depth + 1);
  if (size > kLongLength) {
    const std::size_t digits = size & 0x7fU;
    if (digits > 4) return false;
    size = 0;
    for (const std::uint8_t digit : reader.raw(digits)) size = (size << 8U) | digit;
  }
  const ByteSpan content = reader.raw(size);
  if (reader.failed()) return false;
  if (!constructed) return true;
  ByteReader inside(content);
  while (!inside.rest().empty()) {
    if (!skip_element(inside, depth + 1)) return false;
  }
  return true;
}

}  // namespace

bool is_one_ber_element(ByteSpan bytes) {
  ByteReader reader(bytes);
  return skip_element(reader, 1) && reader.done();
}

}  // namespace claviger::crypto
