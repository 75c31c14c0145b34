// Who asks, as far as a policy decision cares.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/identifiers.h"

namespace claviger::policy {

enum class PrincipalKind : std::uint8_t {
  kRoot,
  kUser,
  kAssumedRole,
  kFederatedUser,  // GetFederationToken
  kWebIdentity,    // somebody whom only an identity provider vouches for: AssumeRoleWithWebIdentity, nothing else
  kService,        // an AWS service by its own name
};

// A view of an authenticated caller; whoever made it keeps the texts alive during the decision. A text that a kind does
// not have is empty, and an empty text matches nothing.
struct Principal {
  PrincipalKind kind = PrincipalKind::kRoot;
  AccountId account = {};  // of kWebIdentity and kService meaningless: they belong to none
  // `arn:aws:iam::111122223333:root`, a user's ARN, a session's ARN.
  std::string_view arn = {};
  // Of an assumed-role session only: the ARN of the role. A statement that names it covers every session of it.
  std::string_view role_arn = {};
  // Of a federated user only: the ARN of the user that asked for the session. A statement that names it covers the
  // session too.
  std::string_view user_arn = {};
  // `AIDA...` of a user, and of the user behind a federated user; `AROA...` of the role of a session, without `:name`.
  std::string_view unique_id = {};
  std::string_view user_name = {};     // of kUser
  std::string_view session_name = {};  // of kAssumedRole and kFederatedUser
  // Of kWebIdentity, and of the session it was given: the ARN of the OpenID Connect or SAML provider, or the name of a
  // provider that AWS knows (`accounts.google.com`).
  std::string_view federated_provider = {};
  std::string_view service_name = {};  // of kService: `logs.amazonaws.com`
};

// Which principals exist. Implemented above policy/; asked when a policy is stored or shown, never when one is
// evaluated. Thread-safe.
class PrincipalDirectory {
 public:
  virtual ~PrincipalDirectory() = default;
  virtual bool account_exists(const AccountId& account) const = 0;
  // `arn` names a user, role, assumed-role session or federated user; it is well-formed.
  virtual bool principal_exists(std::string_view arn) const = 0;
  // `AIDA...` or `AROA...` of the user or role that has this ARN now; nullopt when there is none.
  virtual std::optional<std::string> unique_id(std::string_view arn) const = 0;
  // The ARN that the user or role with this id has now; nullopt when it does not exist any more.
  virtual std::optional<std::string> arn_of(std::string_view unique_id) const = 0;
};

}  // namespace claviger::policy
