// The one name that a key policy can have.
#pragma once

#include <optional>
#include <string>

#include "api/kms/common.h"

namespace claviger::api::kms {

inline constexpr std::string_view kPolicyName = "default";

// kNotFound `No such policy exists` for any other name.
[[nodiscard]] Status check_policy_name(const std::optional<std::string>& name);

}  // namespace claviger::api::kms
