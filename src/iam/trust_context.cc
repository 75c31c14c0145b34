#include "iam/trust_context.h"

namespace claviger::iam {

void TrustContext::set_tags(const std::vector<Tag>& tags, const std::vector<std::string>& transitive) {
  std::vector<std::string> keys;
  for (const Tag& tag : tags) {
    own_.set("aws:RequestTag/" + tag.key, tag.value);
    keys.push_back(tag.key);
  }
  if (!keys.empty()) own_.set_many("aws:TagKeys", std::move(keys));
  if (!transitive.empty()) own_.set_many("sts:TransitiveTagKeys", transitive);
}

}  // namespace claviger::iam
