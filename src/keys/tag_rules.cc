#include "keys/tag_rules.h"

#include <algorithm>
#include <set>
#include <string_view>

namespace claviger::keys {
namespace {

bool is_reserved(std::string_view key) {
  constexpr std::string_view kReserved = "aws:";
  if (key.size() < kReserved.size()) return false;
  return std::equal(kReserved.begin(), kReserved.end(), key.begin(),
                    [](char want, char have) { return want == (have >= 'A' && have <= 'Z' ? have + 32 : have); });
}

}  // namespace

Status check_new_tags(const std::vector<Tag>& tags) {
  if (tags.size() > kMaxTagsPerKey) return fail(ErrorCode::kTag, "Too many tags");
  std::set<std::string_view> seen;
  for (const Tag& tag : tags) {
    if (is_reserved(tag.key)) return fail(ErrorCode::kTag, "Tags beginning with aws: are reserved");
    if (!seen.insert(tag.key).second) return fail(ErrorCode::kTag, "Duplicate tag keys");
  }
  return {};
}

Result<std::vector<Tag>> merge_tags(const std::vector<Tag>& existing, const std::vector<Tag>& added) {
  CLAVIGER_TRY(check_new_tags(added));
  std::vector<Tag> merged = existing;
  for (const Tag& tag : added) {
    const auto known = std::find_if(merged.begin(), merged.end(), [&](const Tag& old) { return old.key == tag.key; });
    if (known == merged.end()) {
      merged.push_back(tag);
    } else {
      known->value = tag.value;
    }
  }
  if (merged.size() > kMaxTagsPerKey) return fail(ErrorCode::kLimitExceeded, "Too many tags");
  return merged;
}

std::vector<Tag> remove_tags(const std::vector<Tag>& existing, const std::vector<std::string>& keys) {
  std::vector<Tag> left;
  std::copy_if(existing.begin(), existing.end(), std::back_inserter(left),
               [&](const Tag& tag) { return std::find(keys.begin(), keys.end(), tag.key) == keys.end(); });
  return left;
}

}  // namespace claviger::keys
