// Where the parts of a JSON text stand: for messages about a policy that somebody wrote.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string_view>
#include <vector>

namespace claviger::json {

inline constexpr std::size_t kMaxPlacedDepth = 32;

// A value; views into the text, with escapes as they are.
struct PlacedValue {
  enum class Kind : std::uint8_t { kObject, kArray, kOther };
  Kind kind = Kind::kOther;
  std::size_t offset = 0;
  std::size_t end = 0;
  std::string_view name;        // of a member: as written between its quotes
  std::size_t name_offset = 0;  // of a member
  std::vector<PlacedValue> children;

  // nullptr when this is not an object that has it.
  const PlacedValue* find(std::string_view member) const;
};

// Finds the places. On failure the offset of the first character that cannot belong to JSON there, which is the end of
// the text where something is missing; the same for nesting beyond kMaxPlacedDepth. `text` is at most some 100 KB.
std::expected<PlacedValue, std::size_t> place_json(std::string_view text);

// Counted from 1.
std::size_t line_of(std::string_view text, std::size_t offset);

}  // namespace claviger::json
