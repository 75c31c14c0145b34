// The rules for users' access keys. (Those of an account's root are made by the command line: Registry::put_root.)
#pragma once

#include <optional>
#include <string_view>

#include "iam/access_key.h"
#include "iam/credential_sealer.h"
#include "iam/plan.h"

namespace claviger::iam {

struct NewAccessKey {
  AccessKeyEntry entry;
  AccessKey key;  // with the secret: shown once
  store::Commit commit;
};

// CreateAccessKey: a new one, or the one that is given. kNotFound; kLimitExceeded at two; kAlreadyExists when a given
// id is taken.
[[nodiscard]] Result<NewAccessKey> create_access_key(const RuleContext& context, CredentialSealer& sealer,
                                                     const AccountId& account, std::string_view user,
                                                     std::optional<AccessKey> given = {});
// UpdateAccessKey: in force for the very next request. kNotFound.
[[nodiscard]] Result<store::Commit> update_access_key(const RuleContext& context, const AccountId& account,
                                                      std::string_view user, std::string_view access_key_id,
                                                      AccessKeyStatus status);
// DeleteAccessKey. kNotFound.
[[nodiscard]] Result<store::Commit> delete_access_key(const RuleContext& context, const AccountId& account,
                                                      std::string_view user, std::string_view access_key_id);

}  // namespace claviger::iam
