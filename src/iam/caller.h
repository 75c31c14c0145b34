// Who made an authenticated request.
#pragma once

#include <memory>
#include <string>

#include "base/identifiers.h"
#include "policy/principal.h"

namespace claviger::iam {

// What policy decisions need and what the audit's userIdentity says. Immutable once made; shared between requests.
struct Caller {
  policy::PrincipalKind kind = policy::PrincipalKind::kRoot;
  AccountId account;
  std::string principal_arn;  // of a session: the session's
  std::string principal_id;   // of the root: the account id; later AIDA..., AROA...:session
  std::string access_key_id;
  std::string user_name;  // of kUser; else empty
  std::string role_arn;   // of kAssumedRole; else empty

  // A view of this caller, valid as long as it is.
  policy::Principal principal() const { return {kind, account, principal_arn, role_arn}; }
};

// The root of `account` with one of its access keys.
Caller root_caller(std::string_view partition, const AccountId& account, std::string_view access_key_id);

}  // namespace claviger::iam
