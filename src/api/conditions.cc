#include "api/conditions.h"

#include <cstdint>
#include <cstring>

namespace claviger::api {

namespace {

// Eight bytes with their ASCII letters in lower case.
std::uint64_t lower_case(std::uint64_t bytes) {
  constexpr std::uint64_t kEach = 0x0101010101010101;
  const std::uint64_t low = bytes & (kEach * 0x7f);
  // The highest bit of each byte: it is at least `A`; it is above `Z`.
  const std::uint64_t from_a = low + kEach * (0x80 - 'A'), beyond_z = low + kEach * (0x7f - 'Z');
  const std::uint64_t upper = (from_a ^ beyond_z) & ~bytes & (kEach * 0x80);
  return bytes | (upper >> 2);
}

// The `count` bytes at `text`, at most eight.
std::uint64_t load(const char* text, std::size_t count) {
  std::uint64_t bytes = 0;
  std::memcpy(&bytes, text, count);
  return bytes;
}

}  // namespace

// A policy may ask for a hundred tags with long names that differ in their last letters: eight bytes at once.
bool is_in_lower_case(std::string_view text, std::string_view lower) {
  if (text.size() != lower.size()) return false;
  std::size_t at = 0;
  for (; at + 8 <= text.size(); at += 8) {
    if (lower_case(load(text.data() + at, 8)) != load(lower.data() + at, 8)) return false;
  }
  const std::size_t rest = text.size() - at;
  return lower_case(load(text.data() + at, rest)) == load(lower.data() + at, rest);
}

std::optional<std::string_view> covered_rest(std::string_view name, const policy::ContextKey& asked) {
  const std::string_view key = asked.name();
  if (!name.ends_with(':') && !name.ends_with('/')) {
    if (!is_in_lower_case(name, key)) return std::nullopt;
    return std::string_view();
  }
  if (key.size() <= name.size() || !is_in_lower_case(name, key.substr(0, name.size()))) return std::nullopt;
  return key.substr(name.size());
}

}  // namespace claviger::api
