// The rules for tags on a KMS key (API pages CreateKey, TagResource, UntagResource).
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "keys/record.h"

namespace claviger::keys {

inline constexpr std::size_t kMaxTagsPerKey = 50;

// What tags given in one request must keep: no key twice, none that begins with `aws:` in any case, at most 50.
// kTag with AWS's text otherwise. Lengths are checked by the request's declaration.
[[nodiscard]] Status check_new_tags(const std::vector<Tag>& tags);

// `existing` with `added` put over it: a known key gets the new value and keeps its place. kTag as above;
// kLimitExceeded when the result would have more than 50.
[[nodiscard]] Result<std::vector<Tag>> merge_tags(const std::vector<Tag>& existing, const std::vector<Tag>& added);

// `existing` without the named keys; unknown names are ignored.
std::vector<Tag> remove_tags(const std::vector<Tag>& existing, const std::vector<std::string>& keys);

}  // namespace claviger::keys
