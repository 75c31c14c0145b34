#include "iam/caller.h"

namespace claviger::iam {
namespace {

// `arn:<partition>:...` with another partition; an empty text stays empty.
std::string moved(std::string_view arn, std::string_view partition) {
  const auto parts = split_arn(arn);
  if (!parts) return std::string(arn);
  const auto rest = static_cast<std::size_t>(parts->service.data() - arn.data());
  return std::string("arn:").append(partition).append(":").append(arn.substr(rest));
}

}  // namespace

policy::Principal Caller::principal() const {
  policy::Principal view{.kind = kind, .account = account, .arn = principal_arn, .role_arn = role_arn};
  view.user_name = user_name;
  view.service_name = service_name;
  if (identity != nullptr) view.unique_id = identity->id.view();
  if (session != nullptr) {
    view.session_name = session->name;
    view.federated_provider = session->federated_provider;
  }
  if (web_identity != nullptr) view.federated_provider = web_identity->provider;
  return view;
}

policy::Policies Caller::policies(const AccountId& owner) const {
  policy::Policies all{.owner = owner};
  if (identity != nullptr) {
    all.identity = identity->documents;
    all.boundary = identity->boundary.get();
  }
  if (session != nullptr) all.session = session->policies;
  return all;
}

Caller root_caller(std::string_view partition, const AccountId& account, std::string_view access_key_id) {
  Caller caller;
  caller.kind = policy::PrincipalKind::kRoot;
  caller.account = account;
  caller.principal_arn = account_root_arn(partition, account);
  caller.principal_id = account.view();
  caller.access_key_id = access_key_id;
  return caller;
}

Caller user_caller(std::shared_ptr<const Identity> user, std::string_view access_key_id) {
  Caller caller;
  caller.kind = policy::PrincipalKind::kUser;
  caller.account = user->account;
  caller.principal_arn = user->arn;
  caller.principal_id = user->id.view();
  caller.access_key_id = access_key_id;
  caller.user_name = user->name;
  caller.identity = std::move(user);
  return caller;
}

Caller in_partition(const Caller& caller, std::string_view partition) {
  Caller copy = caller;
  copy.principal_arn = moved(caller.principal_arn, partition);
  copy.role_arn = moved(caller.role_arn, partition);
  return copy;
}

}  // namespace claviger::iam
