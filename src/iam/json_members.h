// The members of a JSON object, found by their names; for the .cc files of this room only.
#pragma once

#include <map>
#include <optional>
#include <string_view>

#include "base/json.h"

namespace claviger::iam {

using JsonMembers = std::map<std::string_view, json::Value>;

// nullopt when it is no object, or has a name twice. The members view what the parser of `value` holds.
inline std::optional<JsonMembers> members_of(const json::Value& value) {
  if (value.type() != json::Type::kObject) return std::nullopt;
  JsonMembers members;
  json::ObjectCursor cursor = value.fields();
  std::string_view name;
  json::Value member;
  while (cursor.next(name, member)) {
    if (!members.emplace(name, member).second) return std::nullopt;
  }
  return members;
}

}  // namespace claviger::iam
