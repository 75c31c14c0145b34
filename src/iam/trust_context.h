// The condition keys of a request for a session, on top of those that every request has (IAM User Guide, "Available
// keys for AWS web identity federation", "IAM and AWS STS condition context keys").
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/identifiers.h"
#include "iam/record_parts.h"
#include "policy/context.h"

namespace claviger::iam {

class TrustContext final : public policy::Context {
 public:
  // `base` is asked for what is not set here; null: nothing else is known. It outlives this.
  explicit TrustContext(const policy::Context* base) : base_(base) {}

  // An empty value leaves the key absent.
  void set(std::string_view name, std::string_view value) {
    if (!value.empty()) own_.set(name, value);
  }
  void set_many(std::string_view name, std::vector<std::string> values) { own_.set_many(name, std::move(values)); }
  // Of the role: aws:ResourceTag/<key>, iam:ResourceTag/<key> and aws:ResourceAccount.
  void set_role(const AccountId& account, const std::vector<Tag>& tags);
  // aws:RequestTag/<key>, aws:TagKeys and sts:TransitiveTagKeys.
  void set_tags(const std::vector<Tag>& tags, const std::vector<std::string>& transitive);

  policy::ContextValues find(const policy::ContextKey& key) const override {
    const policy::ContextValues own = own_.find(key);
    return own.present() || base_ == nullptr ? own : base_->find(key);
  }

 private:
  const policy::Context* base_;
  policy::MapContext own_;
};

}  // namespace claviger::iam
