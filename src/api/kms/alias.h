// What the alias actions have in common.
#pragma once

#include <string>
#include <string_view>

#include "api/kms/common.h"

namespace claviger::api::kms {

// An alias name as CreateAlias, UpdateAlias and DeleteAlias take it. kValidation without the prefix `alias/`;
// kInvalidAliasName for a name that no alias can have, and for the reserved prefix `alias/aws/`.
[[nodiscard]] Result<AliasName> writable_alias(std::string_view text);

// The key that an alias is to point at: an id or key ARN of the caller's account, never another alias.
Target alias_target_key(std::string_view key_id, std::string_view permission);

inline constexpr std::string_view kAliasLimitMessage = "You have reached the quota of aliases for this KMS key.";

}  // namespace claviger::api::kms
