#include "iam/tag_rules.h"

#include <algorithm>
#include <set>

#include "base/encoding.h"
#include "iam/names.h"
#include "iam/text.h"

namespace claviger::iam {
namespace {

constexpr std::size_t kMaxKeyCharacters = 128;
constexpr std::size_t kMaxValueCharacters = 256;

// AWS's pattern is letters, separators and digits of any script; here anything beyond ASCII passes.
bool is_tag_text(std::string_view text) {
  return is_valid_utf8(text) && std::all_of(text.begin(), text.end(), [](char c) {
           return static_cast<unsigned char>(c) >= 0x80 || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                  (c >= '0' && c <= '9') || std::string_view(" _.:/=+-@").find(c) != std::string_view::npos;
         });
}

template <class Entity>
Result<store::Commit> with_tags(const Entity& entity, std::vector<Tag> tags) {
  Draft draft;
  draft.edit(entity).tags = std::move(tags);
  return draft.finish();
}

}  // namespace

Status check_new_tags(const std::vector<Tag>& tags, std::size_t limit) {
  if (tags.size() > limit) return quota_exceeded("TagsPerResource", limit);
  std::set<std::string> seen;
  for (const Tag& tag : tags) {
    if (tag.key.empty() || count_characters(tag.key) > kMaxKeyCharacters ||
        count_characters(tag.value) > kMaxValueCharacters || !is_tag_text(tag.key) || !is_tag_text(tag.value)) {
      return fail(ErrorCode::kInvalidInput, "A tag's key or value is too long or has characters that are not allowed.");
    }
    const std::string key = folded(tag.key);
    if (key.starts_with("aws:")) {
      return fail(ErrorCode::kInvalidInput, "Tag keys that start with aws: are reserved.");
    }
    if (!seen.insert(key).second) {
      return fail(ErrorCode::kInvalidInput,
                  "Duplicate tag keys found. Please note that Tag keys are case insensitive.");
    }
  }
  return {};
}

Result<std::vector<Tag>> merge_tags(const std::vector<Tag>& existing, const std::vector<Tag>& added,
                                    std::size_t limit) {
  CLAVIGER_TRY(check_new_tags(added, limit));
  std::vector<Tag> merged = existing;
  for (const Tag& tag : added) {
    const auto known =
        std::find_if(merged.begin(), merged.end(), [&](const Tag& old) { return same_name(old.key, tag.key); });
    if (known == merged.end()) {
      merged.push_back(tag);
    } else {
      *known = tag;
    }
  }
  if (merged.size() > limit) return quota_exceeded("TagsPerResource", limit);
  return merged;
}

std::vector<Tag> remove_tags(const std::vector<Tag>& existing, const std::vector<std::string>& keys) {
  std::vector<Tag> left;
  std::copy_if(existing.begin(), existing.end(), std::back_inserter(left), [&](const Tag& tag) {
    return std::none_of(keys.begin(), keys.end(), [&](const std::string& key) { return same_name(key, tag.key); });
  });
  return left;
}

Result<store::Commit> tag_holder(const RuleContext& context, const Holder& holder, const std::vector<Tag>& tags) {
  const std::size_t limit = context.quotas.tags;
  if (holder.kind == EntityKind::kUser) {
    CLAVIGER_ASSIGN(const User* user, find_user(context.snapshot, holder.account, holder.name));
    CLAVIGER_ASSIGN(auto merged, merge_tags(user->record.tags, tags, limit));
    return with_tags(*user, std::move(merged));
  }
  CLAVIGER_ASSIGN(const Role* role, find_role(context.snapshot, holder.account, holder.name));
  CLAVIGER_ASSIGN(auto merged, merge_tags(role->record.tags, tags, limit));
  return with_tags(*role, std::move(merged));
}

Result<store::Commit> untag_holder(const RuleContext& context, const Holder& holder,
                                   const std::vector<std::string>& keys) {
  if (holder.kind == EntityKind::kUser) {
    CLAVIGER_ASSIGN(const User* user, find_user(context.snapshot, holder.account, holder.name));
    return with_tags(*user, remove_tags(user->record.tags, keys));
  }
  CLAVIGER_ASSIGN(const Role* role, find_role(context.snapshot, holder.account, holder.name));
  return with_tags(*role, remove_tags(role->record.tags, keys));
}

Result<store::Commit> tag_policy(const RuleContext& context, const AccountId& account, std::string_view policy_arn,
                                 const std::vector<Tag>& tags) {
  CLAVIGER_ASSIGN(const ManagedPolicy* policy, find_policy(context.snapshot, account, policy_arn));
  CLAVIGER_ASSIGN(auto merged, merge_tags(policy->record.tags, tags, context.quotas.tags));
  return with_tags(*policy, std::move(merged));
}

Result<store::Commit> untag_policy(const RuleContext& context, const AccountId& account, std::string_view policy_arn,
                                   const std::vector<std::string>& keys) {
  CLAVIGER_ASSIGN(const ManagedPolicy* policy, find_policy(context.snapshot, account, policy_arn));
  return with_tags(*policy, remove_tags(policy->record.tags, keys));
}

}  // namespace claviger::iam
