#include "api/conditions.h"

#include <algorithm>

namespace claviger::api {

bool is_in_lower_case(std::string_view text, std::string_view lower) {
  return text.size() == lower.size() && std::equal(text.begin(), text.end(), lower.begin(), [](char c, char wanted) {
           return (c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c) == wanted;
         });
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
