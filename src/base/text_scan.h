// Looks at text eight bytes at a time: most of what is written or measured is plain ASCII without anything to escape.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace claviger {

namespace internal {

inline constexpr std::uint64_t kEachByte = 0x0101010101010101;
inline constexpr std::uint64_t kHighBits = 0x8080808080808080;

// The high bit of each byte of `word` that is zero. A byte above (in memory: behind) a zero one may be marked wrongly;
// the first mark is always right.
constexpr std::uint64_t mark_zero(std::uint64_t word) { return (word - kEachByte) & ~word & kHighBits; }
// Likewise of each byte below `limit`, which is at most 0x80.
constexpr std::uint64_t mark_below(std::uint64_t word, std::uint8_t limit) {
  return (word - kEachByte * limit) & ~word & kHighBits;
}

// The length of the longest prefix of `text` whose bytes `mark` does not mark. `mark` must be right about the first
// byte that it marks, and must mark no zero-extended byte `filler`.
template <class Mark>
std::size_t unmarked_prefix(std::string_view text, char filler, const Mark& mark) {
  static_assert(std::endian::native == std::endian::little);
  std::size_t done = 0;
  while (done < text.size()) {
    std::uint64_t word = kEachByte * static_cast<std::uint8_t>(filler);
    const std::size_t size = text.size() - done < sizeof word ? text.size() - done : sizeof word;
    if (size == sizeof word) {
      std::memcpy(&word, text.data() + done, sizeof word);
    } else {
      std::memcpy(&word, text.data() + done, size);
    }
    if (const std::uint64_t marks = mark(word); marks != 0) {
      return done + static_cast<std::size_t>(std::countr_zero(marks)) / 8;
    }
    done += size;
  }
  return text.size();
}

}  // namespace internal

// How many bytes at the start of `text` stand for themselves inside a JSON string: no control character below U+0020,
// no quotation mark, no backslash (RFC 8259 section 7).
inline std::size_t json_plain_prefix(std::string_view text) {
  using namespace internal;
  return unmarked_prefix(text, 'a', [](std::uint64_t word) {
    return mark_below(word, 0x20) | mark_zero(word ^ (kEachByte * '"')) | mark_zero(word ^ (kEachByte * '\\'));
  });
}

// The same, and printable ASCII.
inline std::size_t ascii_plain_prefix(std::string_view text) {
  using namespace internal;
  return unmarked_prefix(text, 'a', [](std::uint64_t word) {
    return mark_below(word, 0x20) | mark_zero(word ^ (kEachByte * '"')) | mark_zero(word ^ (kEachByte * '\\')) |
           mark_zero(word ^ (kEachByte * 0x7f)) | (word & kHighBits);
  });
}

// How many bytes at the start of `text` are below 0x80.
inline std::size_t ascii_prefix(std::string_view text) {
  return internal::unmarked_prefix(text, 'a', [](std::uint64_t word) { return word & internal::kHighBits; });
}

}  // namespace claviger
