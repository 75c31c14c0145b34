#include "api/kms/policy_name.h"

namespace claviger::api::kms {

Status check_policy_name(const std::optional<std::string>& name) {
  if (name && *name != kPolicyName) return fail(ErrorCode::kNotFound, "No such policy exists");
  return {};
}

}  // namespace claviger::api::kms
