// What must hold of a policy document before it is stored with an entity.
#pragma once

#include <cstddef>
#include <string_view>

#include "base/result.h"
#include "policy/document.h"

namespace claviger::iam {

// The characters of a policy as IAM's quotas count them: white space does not count (IAM User Guide, "IAM and AWS STS
// quotas", "IAM entity character limits").
std::size_t counted_characters(std::string_view document);

// kMalformedPolicyDocument for text that is no identity policy.
[[nodiscard]] Status check_identity_policy(std::string_view document);

}  // namespace claviger::iam
