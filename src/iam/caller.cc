#include "iam/caller.h"

namespace claviger::iam {

Caller root_caller(std::string_view partition, const AccountId& account, std::string_view access_key_id) {
  Caller caller;
  caller.kind = policy::PrincipalKind::kRoot;
  caller.account = account;
  caller.principal_arn = account_root_arn(partition, account);
  caller.principal_id = account.view();
  caller.access_key_id = access_key_id;
  return caller;
}

}  // namespace claviger::iam
