// The rules for tags on IAM's entities (IAM User Guide, "Rules for tagging in IAM and AWS STS").
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "iam/plan.h"
#include "iam/record_parts.h"

namespace claviger::iam {

// What tags given in one request must keep: keys of 1 to 128 and values of at most 256 characters out of letters,
// digits, spaces and [_.:/=+-@], no key twice in any case, none that begins with `aws:`, at most `limit`. kInvalidInput
// or kLimitExceeded.
[[nodiscard]] Status check_new_tags(const std::vector<Tag>& tags, std::size_t limit);
// `existing` with `added` put over it: keys are compared without regard to case, and the new spelling stays.
[[nodiscard]] Result<std::vector<Tag>> merge_tags(const std::vector<Tag>& existing, const std::vector<Tag>& added,
                                                  std::size_t limit);
// `existing` without the named keys, compared without regard to case; unknown names are ignored.
std::vector<Tag> remove_tags(const std::vector<Tag>& existing, const std::vector<std::string>& keys);

// TagUser, TagRole, UntagUser, UntagRole: of a user or role.
[[nodiscard]] Result<store::Commit> tag_holder(const RuleContext& context, const Holder& holder,
                                               const std::vector<Tag>& tags);
[[nodiscard]] Result<store::Commit> untag_holder(const RuleContext& context, const Holder& holder,
                                                 const std::vector<std::string>& keys);
// TagPolicy, UntagPolicy.
[[nodiscard]] Result<store::Commit> tag_policy(const RuleContext& context, const AccountId& account,
                                               std::string_view policy_arn, const std::vector<Tag>& tags);
[[nodiscard]] Result<store::Commit> untag_policy(const RuleContext& context, const AccountId& account,
                                                 std::string_view policy_arn, const std::vector<std::string>& keys);

}  // namespace claviger::iam
