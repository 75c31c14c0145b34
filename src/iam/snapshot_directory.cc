#include "iam/snapshot_directory.h"

#include "iam/names.h"

namespace claviger::iam {

bool SnapshotDirectory::account_exists(const AccountId& account) const { return snapshot_.account(account) != nullptr; }

bool SnapshotDirectory::principal_exists(std::string_view arn) const {
  if (snapshot_.user_by_arn(arn) != nullptr || snapshot_.role_by_arn(arn) != nullptr) return true;
  if (const auto session = parse_assumed_role_arn(arn)) {
    const Role* role = snapshot_.role(session->account, session->role_name);
    return role != nullptr && role->record.name == session->role_name;
  }
  const auto parts = split_arn(arn);
  if (!parts || parts->service != "sts" || !parts->resource.starts_with("federated-user/")) return false;
  const auto account = AccountId::parse(parts->account);
  return account && account_exists(*account);
}

std::optional<std::string> SnapshotDirectory::unique_id(std::string_view arn) const {
  if (const User* user = snapshot_.user_by_arn(arn)) return std::string(user->record.id.view());
  if (const Role* role = snapshot_.role_by_arn(arn)) return std::string(role->record.id.view());
  return std::nullopt;
}

std::optional<std::string> SnapshotDirectory::arn_of(std::string_view unique_id) const {
  const auto id = UniqueId::parse(unique_id);
  if (!id) return std::nullopt;
  if (const User* user = snapshot_.user(*id)) return user->record.arn(partition_);
  if (const Role* role = snapshot_.role(*id)) return role->record.arn(partition_);
  return std::nullopt;
}

}  // namespace claviger::iam
