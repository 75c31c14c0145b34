#include "api/kms/conditions.h"

#include <algorithm>

namespace claviger::api::kms {

policy::ContextValues request_alias(const ConditionQuestion& asked) {
  if (asked.target == nullptr || asked.target->kind != Target::Kind::kKey) return {};
  std::string_view text = asked.target->text;
  if (const auto arn = split_arn(text)) text = arn->resource;
  return text.starts_with("alias/") ? asked.text(text) : policy::ContextValues();
}

namespace {

using FoldedPair = ConditionMemory::FoldedPair;

std::vector<FoldedPair> folded(const EncryptionContext& context, ConditionMemory& memory) {
  std::string names;
  for (const auto& [name, value] : context.pairs()) names += name;
  std::string_view rest = memory.keep(policy::to_lower_case(names));
  std::vector<FoldedPair> pairs;
  pairs.reserve(context.pairs().size());
  for (const auto& [name, value] : context.pairs()) {
    pairs.push_back({rest.substr(0, name.size()), value});
    rest.remove_prefix(name.size());
  }
  std::sort(pairs.begin(), pairs.end(), [](const FoldedPair& a, const FoldedPair& b) { return a.name < b.name; });
  return pairs;
}

}  // namespace

policy::ContextValues encryption_context_value(const EncryptionContext& context, const ConditionQuestion& asked) {
  using Pair = EncryptionContext::Pair;
  // A large policy may ask for every pair of a large context.
  if (context.pairs().size() > kSearchedOneByOne) {
    const auto& pairs = asked.memory.folded([&] { return folded(context, asked.memory); });
    const auto [begin, end] =
        std::equal_range(pairs.begin(), pairs.end(), FoldedPair{asked.rest, {}},
                         [](const FoldedPair& a, const FoldedPair& b) { return a.name < b.name; });
    if (begin == end) return {};
    return end - begin == 1 ? asked.text(begin->value) : policy::ContextValues::undecidable();
  }
  return find_ignoring_case(
      context.pairs(), asked.rest, [](const Pair& pair) -> std::string_view { return pair.first; },
      [](const Pair& pair) -> std::string_view { return pair.second; });
}

policy::ContextValues encryption_context_keys(const EncryptionContext& context, const ConditionQuestion& asked) {
  return asked.list([&context] {
    std::vector<std::string_view> names;
    names.reserve(context.pairs().size());
    for (const auto& [name, value] : context.pairs()) names.push_back(name);
    return names;
  });
}

policy::ContextValues tag_keys(const std::vector<keys::Tag>& tags, const ConditionQuestion& asked) {
  return asked.list([&tags] {
    std::vector<std::string_view> names;
    names.reserve(tags.size());
    for (const keys::Tag& tag : tags) names.push_back(tag.key);
    return names;
  });
}

}  // namespace claviger::api::kms
