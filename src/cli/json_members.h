// Reading members of JSON objects that may be absent or of another type, and writing lists of texts.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace claviger::cli {

// The first member of that name, or an invalid value; of what is no object too.
inline json::Value member(const json::Value& object, std::string_view wanted) {
  if (!object.valid() || object.type() != json::Type::kObject) return {};
  json::ObjectCursor cursor = object.fields();
  std::string_view name;
  json::Value value;
  while (cursor.next(name, value)) {
    if (name == wanted) return value;
  }
  return {};
}

// The text of `value`; `otherwise` when it is none. Lives as long as both.
inline std::string_view text_or(const json::Value& value, std::string_view otherwise) {
  return value.valid() && value.type() == json::Type::kString ? value.text() : otherwise;
}

// A member whose value is a list.
inline void write_list(std::string_view name, const std::vector<std::string>& texts,
                       json::Writer<std::string>& writer) {
  writer.name(name);
  writer.begin_array();
  for (const std::string& text : texts) writer.string(text);
  writer.end_array();
}

}  // namespace claviger::cli
