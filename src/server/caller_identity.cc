#include "server/caller_identity.h"

namespace claviger::server {
namespace {

audit::IdentityType identity_type(policy::PrincipalKind kind) {
  switch (kind) {
    case policy::PrincipalKind::kRoot:
      return audit::IdentityType::kRoot;
    case policy::PrincipalKind::kUser:
      return audit::IdentityType::kIamUser;
    case policy::PrincipalKind::kAssumedRole:
      return audit::IdentityType::kAssumedRole;
    case policy::PrincipalKind::kWebIdentity:
      return audit::IdentityType::kWebIdentityUser;
    case policy::PrincipalKind::kService:
      return audit::IdentityType::kAwsService;
    case policy::PrincipalKind::kFederatedUser:  // nobody can become one yet
      return audit::IdentityType::kUnknown;
  }
  return audit::IdentityType::kUnknown;
}

}  // namespace

audit::UserIdentity user_identity(const iam::Caller& caller) {
  audit::UserIdentity identity{.type = identity_type(caller.kind),
                               .principal_id = caller.principal_id,
                               .arn = caller.principal_arn,
                               .account_id = caller.account.view(),
                               .access_key_id = caller.access_key_id,
                               .user_name = caller.user_name};
  if (caller.kind == policy::PrincipalKind::kService)
    identity = {.type = identity.type, .invoked_by = caller.service_name};
  if (caller.session != nullptr) identity.session_context = caller.session->audit_context;
  if (caller.web_identity != nullptr) {
    // It belongs to none.
    identity.account_id = {};
    identity.identity_provider = caller.web_identity->provider;
  }
  return identity;
}

audit::UserIdentity foreign_identity(const iam::Caller& caller) {
  return {.type = audit::IdentityType::kAwsAccount,
          .principal_id = caller.principal_id,
          .account_id = caller.account.view()};
}

}  // namespace claviger::server
