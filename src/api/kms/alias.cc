#include "api/kms/alias.h"

namespace claviger::api::kms {

Result<AliasName> writable_alias(std::string_view text) {
  if (!text.starts_with("alias/")) {
    return fail(Error::validation(
        "Alias must start with the prefix \"alias/\". Please see the AWS KMS documentation for alias naming rules."));
  }
  auto name = AliasName::parse(text);
  if (!name) return fail(ErrorCode::kInvalidAliasName, "The alias name contains characters that are not allowed.");
  if (name->is_reserved()) {
    return fail(ErrorCode::kInvalidAliasName, "The prefix alias/aws/ is reserved for AWS managed keys.");
  }
  return *std::move(name);
}

Target alias_target_key(std::string_view key_id, std::string_view permission) {
  Target target = managed_key(key_id, permission, keys::StateRule::kNotPendingDeletion);
  target.ref.invalid_arn = false;
  target.alias_target = true;
  return target;
}

}  // namespace claviger::api::kms
