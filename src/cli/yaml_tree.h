// A YAML file as a tree of texts, each with its place in the file.
//
// Only what a file for people needs is read: one document of lists, maps and texts. Anchors and aliases (with which a
// small file becomes a huge one), tags, several documents and names that stand twice are refused, and size, depth and
// the number of nodes are bounded. Nothing is guessed from how a value looks: `0123` is the text 0123.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace claviger::cli::yaml {

inline constexpr std::size_t kMaxBytes = 1'048'576;
inline constexpr std::size_t kMaxDepth = 16;
inline constexpr std::size_t kMaxNodes = 100'000;

// Counted from 1.
struct Place {
  std::size_t line = 1;
  std::size_t column = 1;
};

// kNull: nothing, `~` or `null`, not quoted.
enum class Kind : std::uint8_t { kNull, kText, kList, kMap };

struct Node {
  Kind kind = Kind::kNull;
  Place place;
  std::string text;  // of kText
  // Of an entry of a map.
  std::string name;
  Place name_place;
  std::vector<Node> children;  // of kList and kMap, in the order of the file
};

// kValidation; the detail is `<file>:<line>:<column>: <what is wrong and what to do>`.
std::unexpected<Error> fail_at(std::string_view file, Place place, std::string_view what);

// The only document of `text`. `file` is what errors call it. kValidation for what is not YAML in UTF-8, and for
// whatever is refused or beyond a bound.
[[nodiscard]] Result<Node> parse(std::string_view file, std::string_view text);

}  // namespace claviger::cli::yaml
