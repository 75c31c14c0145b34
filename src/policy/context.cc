#include "policy/context.h"

#include <algorithm>

namespace claviger::policy {

std::string to_lower_case(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return lower;
}

void MapContext::set(std::string_view name, std::string_view value) {
  Entry& entry = entries_[to_lower_case(name)];
  entry = {false, {std::string(value)}, {}};
}

void MapContext::set_many(std::string_view name, std::vector<std::string> values) {
  Entry& entry = entries_[to_lower_case(name)];
  entry = {true, std::move(values), {}};
  entry.views.assign(entry.values.begin(), entry.values.end());
}

ContextValues MapContext::find(const ContextKey& key) const {
  const auto at = entries_.find(key.name());
  if (at == entries_.end()) return {};
  if (at->second.multi_valued) return ContextValues::many(at->second.views);
  return ContextValues::single(at->second.values.front());
}

}  // namespace claviger::policy
