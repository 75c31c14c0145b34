#include "iam/trust_context.h"

namespace claviger::iam {

void TrustContext::set_role(const AccountId& account, const std::vector<Tag>& tags) {
  own_.set("aws:ResourceAccount", account.view());
  for (const Tag& tag : tags) {
    own_.set("aws:ResourceTag/" + tag.key, tag.value);
    own_.set("iam:ResourceTag/" + tag.key, tag.value);
  }
}

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
