#include "api/kms/conditions.h"

namespace claviger::api::kms {

policy::ContextValues request_alias(const ConditionQuestion& asked) {
  if (asked.target == nullptr || asked.target->kind != Target::Kind::kKey) return {};
  std::string_view text = asked.target->text;
  if (const auto arn = split_arn(text)) text = arn->resource;
  return text.starts_with("alias/") ? asked.text(text) : policy::ContextValues();
}

policy::ContextValues encryption_context_value(const EncryptionContext& context, const ConditionQuestion& asked) {
  using Pair = EncryptionContext::Pair;
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
