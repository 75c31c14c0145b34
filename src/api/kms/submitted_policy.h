// A key policy that comes with a request, for CreateKey and PutKeyPolicy.
#pragma once

#include <string_view>

#include "api/context.h"
#include "base/result.h"
#include "policy/document.h"

namespace claviger::api::kms {

struct SubmittedPolicy {
  std::string_view json;
  std::string_view key_arn;
  bool bypass_lockout_safety_check = false;
};

// The policy as it is to be stored. kLimitExceeded and kMalformedPolicyDocument as policy::accept_key_policy() says.
// The conditions of the new policy are asked of this request.
[[nodiscard]] Result<policy::Document> accept_submitted_policy(const Context& context,
                                                               const SubmittedPolicy& submitted);

}  // namespace claviger::api::kms
