// Who asks, as far as a policy decision cares.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/identifiers.h"

namespace claviger::policy {

enum class PrincipalKind : std::uint8_t { kRoot, kUser, kAssumedRole, kFederatedUser, kService };

// A view of an authenticated caller; whoever made it keeps the texts alive during the decision.
struct Principal {
  PrincipalKind kind = PrincipalKind::kRoot;
  AccountId account;
  // `arn:aws:iam::111122223333:root`, a user's ARN, a session's ARN.
  std::string_view arn;
  // Of an assumed-role session only: the ARN of the role. A statement that names it covers every session of it.
  std::string_view role_arn;
};

// Which principals exist. Implemented above policy/; asked when a policy is stored, never when one is evaluated.
// Thread-safe.
class PrincipalDirectory {
 public:
  virtual ~PrincipalDirectory() = default;
  virtual bool account_exists(const AccountId& account) const = 0;
  // `arn` names a user, role, assumed-role session or federated user; it is well-formed.
  virtual bool principal_exists(std::string_view arn) const = 0;
};

}  // namespace claviger::policy
