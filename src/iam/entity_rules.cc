#include "iam/entity_rules.h"

#include <fmt/format.h>

#include <algorithm>

#include "iam/layout.h"
#include "iam/snapshot_directory.h"
#include "iam/tag_rules.h"
#include "policy/bindings.h"

namespace claviger::iam {
namespace {

std::unexpected<Error> conflict(std::string_view what) {
  return fail(ErrorCode::kDeleteConflict, fmt::format("Cannot delete entity, must {} first.", what));
}

std::unexpected<Error> exists(std::string_view kind, std::string_view name) {
  return fail(ErrorCode::kAlreadyExists, fmt::format("{} with name {} already exists.", kind, name));
}

// What a quota is called, and what it says when somebody else took the last place meanwhile.
struct CountQuota {
  std::string_view name;
  std::string_view message;
};
constexpr CountQuota kUsers{"UsersPerAccount", "Cannot exceed quota for UsersPerAccount."};
constexpr CountQuota kGroups{"GroupsPerAccount", "Cannot exceed quota for GroupsPerAccount."};
constexpr CountQuota kRoles{"RolesPerAccount", "Cannot exceed quota for RolesPerAccount."};

Status check_count(const RuleContext& context, const AccountId& account, EntityKind kind, std::int64_t limit,
                   const CountQuota& quota) {
  const auto count = static_cast<std::int64_t>(context.snapshot.account(account)->names(kind).size());
  if (count >= limit) return quota_exceeded(quota.name, static_cast<std::size_t>(limit));
  return {};
}

// The counter guards the quota against whoever creates at the same time.
void count(Draft& draft, const AccountId& account, EntityKind kind, std::int64_t delta, std::int64_t limit) {
  draft.extra().mutations.push_back(store::Add{layout::entity_count(kind, account), delta, limit});
}

Status check_no_policies(const Permissions& permissions) {
  if (!permissions.attached.empty()) return conflict("detach all policies");
  if (!permissions.inline_policies.empty()) return conflict("delete policies");
  return {};
}

// Everything that creating a user and creating a role have in common.
template <class Record>
Status begin_principal(const RuleContext& context, EntityKind kind, const NewPrincipal& wish, Record& record,
                       Draft& draft) {
  CLAVIGER_TRY(check_account(context.snapshot, wish.account));
  CLAVIGER_TRY(check_name(kind, wish.name));
  CLAVIGER_TRY(check_path(kind, wish.path));
  CLAVIGER_TRY(check_new_tags(wish.tags, context.quotas.tags));
  record.account = wish.account;
  record.id = UniqueId::make(kind, context.random);
  record.name = wish.name;
  record.path = wish.path;
  record.created = context.now;
  record.tags = wish.tags;
  if (wish.boundary_arn) {
    CLAVIGER_ASSIGN(const ManagedPolicy* policy, find_policy(context.snapshot, wish.account, *wish.boundary_arn));
    record.boundary = policy->record.id;
    ++draft.edit(*policy).boundary_uses;
  }
  return {};
}

template <class Record>
void release_boundary(const RuleContext& context, const Record& record, Draft& draft) {
  if (!record.boundary) return;
  const ManagedPolicy* policy = context.snapshot.policy(*record.boundary);
  if (policy != nullptr) --draft.edit(*policy).boundary_uses;
}

Status check_session_seconds(std::uint32_t seconds) {
  if (seconds >= kMinMaxSessionSeconds && seconds <= kMaxMaxSessionSeconds) return {};
  return fail(Error::validation("The MaxSessionDuration must be between 3600 and 43200 seconds."));
}

Status check_description(std::string_view description) {
  constexpr std::size_t kMaxDescriptionBytes = 4000;  // 1,000 characters
  if (description.size() <= kMaxDescriptionBytes) return {};
  return fail(Error::validation("The description is longer than 1000 characters."));
}

Status set_trust_policy(const RuleContext& context, std::string_view text, RoleRecord& record) {
  const std::size_t limit = context.quotas.trust_policy_characters;
  if (policy::quota_size(text) > limit) return quota_exceeded("ACLSizePerRole", limit);
  CLAVIGER_ASSIGN(const policy::Document document, policy::Document::parse(policy::DocumentKind::kTrust, text));
  const SnapshotDirectory directory(context.snapshot);
  CLAVIGER_TRY(policy::check_principals(document, directory));
  CLAVIGER_ASSIGN(const std::vector<policy::Binding> bindings, policy::bind_principals(document, directory));
  record.trust_policy = text;
  record.trust_bindings.clear();
  for (const policy::Binding& binding : bindings) {
    const auto id = UniqueId::parse(binding.unique_id);
    if (!id) return fail(Error::internal("a principal is bound to what is no unique id"));
    record.trust_bindings.emplace_back(binding.arn, *id);
  }
  return {};
}

}  // namespace

Result<Planned<UserRecord>> create_user(const RuleContext& context, const NewPrincipal& wish) {
  UserRecord record;
  Draft draft;
  CLAVIGER_TRY(begin_principal(context, EntityKind::kUser, wish, record, draft));
  if (context.snapshot.user(wish.account, wish.name) != nullptr) return exists("User", wish.name);
  CLAVIGER_TRY(check_count(context, wish.account, EntityKind::kUser, context.quotas.users, kUsers));
  count(draft, wish.account, EntityKind::kUser, 1, context.quotas.users);
  draft.create(record);
  CLAVIGER_ASSIGN(store::Commit commit, draft.finish());
  return Planned<UserRecord>{std::move(record), std::move(commit), kUsers.message};
}

Result<Planned<UserRecord>> update_user(const RuleContext& context, const Renaming& wish) {
  CLAVIGER_ASSIGN(const User* user, find_user(context.snapshot, wish.account, wish.name));
  Draft draft;
  UserRecord& record = draft.edit(*user);
  if (wish.new_path) {
    CLAVIGER_TRY(check_path(EntityKind::kUser, *wish.new_path));
    record.path = *wish.new_path;
  }
  if (wish.new_name) {
    CLAVIGER_TRY(check_name(EntityKind::kUser, *wish.new_name));
    const User* other = context.snapshot.user(wish.account, *wish.new_name);
    if (other != nullptr && other != user) return exists("User", *wish.new_name);
    record.name = *wish.new_name;
  }
  CLAVIGER_ASSIGN(store::Commit commit, draft.finish());
  return Planned<UserRecord>{record, std::move(commit)};
}

Result<store::Commit> delete_user(const RuleContext& context, const AccountId& account, std::string_view name) {
  CLAVIGER_ASSIGN(const User* user, find_user(context.snapshot, account, name));
  const UserRecord& record = user->record;
  if (!record.access_keys.empty()) return conflict("delete access keys");
  CLAVIGER_TRY(check_no_policies(record.permissions));
  if (!record.groups.empty()) return conflict("remove user from all groups");
  Draft draft;
  release_boundary(context, record, draft);
  draft.remove(*user);
  count(draft, account, EntityKind::kUser, -1, context.quotas.users);
  return draft.finish();
}

Result<Planned<GroupRecord>> create_group(const RuleContext& context, const AccountId& account, std::string_view name,
                                          std::string_view path) {
  CLAVIGER_TRY(check_account(context.snapshot, account));
  CLAVIGER_TRY(check_name(EntityKind::kGroup, name));
  CLAVIGER_TRY(check_path(EntityKind::kGroup, path));
  if (context.snapshot.group(account, name) != nullptr) return exists("Group", name);
  CLAVIGER_TRY(check_count(context, account, EntityKind::kGroup, context.quotas.groups, kGroups));
  GroupRecord record{.account = account,
                     .id = UniqueId::make(EntityKind::kGroup, context.random),
                     .name = std::string(name),
                     .path = std::string(path),
                     .created = context.now};
  Draft draft;
  count(draft, account, EntityKind::kGroup, 1, context.quotas.groups);
  draft.create(record);
  CLAVIGER_ASSIGN(store::Commit commit, draft.finish());
  return Planned<GroupRecord>{std::move(record), std::move(commit), kGroups.message};
}

Result<Planned<GroupRecord>> update_group(const RuleContext& context, const Renaming& wish) {
  CLAVIGER_ASSIGN(const Group* group, find_group(context.snapshot, wish.account, wish.name));
  Draft draft;
  GroupRecord& record = draft.edit(*group);
  if (wish.new_path) {
    CLAVIGER_TRY(check_path(EntityKind::kGroup, *wish.new_path));
    record.path = *wish.new_path;
  }
  if (wish.new_name) {
    CLAVIGER_TRY(check_name(EntityKind::kGroup, *wish.new_name));
    const Group* other = context.snapshot.group(wish.account, *wish.new_name);
    if (other != nullptr && other != group) return exists("Group", *wish.new_name);
    record.name = *wish.new_name;
  }
  CLAVIGER_ASSIGN(store::Commit commit, draft.finish());
  return Planned<GroupRecord>{record, std::move(commit)};
}

Result<store::Commit> delete_group(const RuleContext& context, const AccountId& account, std::string_view name) {
  CLAVIGER_ASSIGN(const Group* group, find_group(context.snapshot, account, name));
  if (group->record.members > 0) return conflict("remove users from group");
  CLAVIGER_TRY(check_no_policies(group->record.permissions));
  Draft draft;
  draft.remove(*group);
  count(draft, account, EntityKind::kGroup, -1, context.quotas.groups);
  return draft.finish();
}

Result<store::Commit> add_user_to_group(const RuleContext& context, const AccountId& account, std::string_view group,
                                        std::string_view user) {
  CLAVIGER_ASSIGN(const Group* to, find_group(context.snapshot, account, group));
  CLAVIGER_ASSIGN(const User* member, find_user(context.snapshot, account, user));
  Draft draft;
  UserRecord& record = draft.edit(*member);
  if (std::find(record.groups.begin(), record.groups.end(), to->record.id) == record.groups.end()) {
    const std::size_t limit = context.quotas.groups_per_user;
    if (record.groups.size() >= limit) return quota_exceeded("GroupsPerUser", limit);
    record.groups.push_back(to->record.id);
    ++draft.edit(*to).members;
  }
  return draft.finish();
}

Result<store::Commit> remove_user_from_group(const RuleContext& context, const AccountId& account,
                                             std::string_view group, std::string_view user) {
  CLAVIGER_ASSIGN(const Group* from, find_group(context.snapshot, account, group));
  CLAVIGER_ASSIGN(const User* member, find_user(context.snapshot, account, user));
  Draft draft;
  if (std::erase(draft.edit(*member).groups, from->record.id) == 0) {
    return fail(ErrorCode::kNotFound, fmt::format("The user with name {} is not a member of group {}.", user, group));
  }
  --draft.edit(*from).members;
  return draft.finish();
}

Result<Planned<RoleRecord>> create_role(const RuleContext& context, const NewRole& wish) {
  RoleRecord record;
  Draft draft;
  const NewPrincipal& principal = wish.principal;
  CLAVIGER_TRY(begin_principal(context, EntityKind::kRole, principal, record, draft));
  CLAVIGER_TRY(check_session_seconds(wish.max_session_seconds));
  CLAVIGER_TRY(check_description(wish.description));
  if (context.snapshot.role(principal.account, principal.name) != nullptr) return exists("Role", principal.name);
  CLAVIGER_TRY(check_count(context, principal.account, EntityKind::kRole, context.quotas.roles, kRoles));
  CLAVIGER_TRY(set_trust_policy(context, wish.trust_policy, record));
  record.description = wish.description;
  record.max_session_seconds = wish.max_session_seconds;
  count(draft, principal.account, EntityKind::kRole, 1, context.quotas.roles);
  draft.create(record);
  CLAVIGER_ASSIGN(store::Commit commit, draft.finish());
  return Planned<RoleRecord>{std::move(record), std::move(commit), kRoles.message};
}

Result<Planned<RoleRecord>> update_role(const RuleContext& context, const RoleUpdate& wish) {
  CLAVIGER_ASSIGN(const Role* role, find_role(context.snapshot, wish.account, wish.name));
  Draft draft;
  RoleRecord& record = draft.edit(*role);
  if (wish.description) {
    CLAVIGER_TRY(check_description(*wish.description));
    record.description = *wish.description;
  }
  if (wish.max_session_seconds) {
    CLAVIGER_TRY(check_session_seconds(*wish.max_session_seconds));
    record.max_session_seconds = *wish.max_session_seconds;
  }
  CLAVIGER_ASSIGN(store::Commit commit, draft.finish());
  return Planned<RoleRecord>{record, std::move(commit)};
}

Result<store::Commit> update_trust_policy(const RuleContext& context, const AccountId& account, std::string_view name,
                                          std::string_view trust_policy) {
  CLAVIGER_ASSIGN(const Role* role, find_role(context.snapshot, account, name));
  Draft draft;
  CLAVIGER_TRY(set_trust_policy(context, trust_policy, draft.edit(*role)));
  return draft.finish();
}

Result<store::Commit> delete_role(const RuleContext& context, const AccountId& account, std::string_view name) {
  CLAVIGER_ASSIGN(const Role* role, find_role(context.snapshot, account, name));
  CLAVIGER_TRY(check_no_policies(role->record.permissions));
  Draft draft;
  release_boundary(context, role->record, draft);
  draft.remove(*role);
  count(draft, account, EntityKind::kRole, -1, context.quotas.roles);
  return draft.finish();
}

Result<Planned<AccountRecord>> create_account(const RuleContext& context, const AccountId& id, std::string_view name) {
  constexpr std::size_t kMaxAccountNameBytes = 128;
  if (name.size() > kMaxAccountNameBytes) return fail(Error::validation("An account's name has at most 128 bytes."));
  if (check_account(context.snapshot, id)) {
    return fail(ErrorCode::kAlreadyExists, fmt::format("The account with id {} already exists.", id.view()));
  }
  AccountRecord record{.account = id, .created = context.now, .name = std::string(name)};
  const std::string key = layout::account(id);
  store::Commit commit;
  commit.preconditions.push_back({key, 0});
  commit.mutations.push_back(store::Put{key, encode(record)});
  return Planned<AccountRecord>{std::move(record), std::move(commit)};
}

namespace {

// The account's record with another alias.
store::Commit with_alias(const Account& account, std::string_view alias) {
  AccountRecord record = *account.record;
  record.alias = alias;
  const std::string key = layout::account(record.account);
  store::Commit commit;
  commit.preconditions.push_back({key, account.revision});
  commit.mutations.push_back(store::Put{key, encode(record)});
  return commit;
}

}  // namespace

Result<store::Commit> set_account_alias(const RuleContext& context, const AccountId& id, std::string_view alias) {
  CLAVIGER_TRY(check_account(context.snapshot, id));
  if (!is_account_alias(alias)) return fail(Error::validation("The specified value for accountAlias is invalid."));
  const Account& account = *context.snapshot.account(id);
  const AccountId* owner = context.snapshot.account_of_alias(alias);
  if (owner != nullptr && *owner != id) {
    return fail(ErrorCode::kAlreadyExists, fmt::format("The account alias {} already exists.", alias));
  }
  store::Commit commit = with_alias(account, alias);
  if (owner != nullptr) return commit;
  const std::string& old = account.record->alias;
  if (!old.empty()) commit.mutations.push_back(store::Delete{layout::account_alias(old)});
  commit.preconditions.push_back({layout::account_alias(alias), 0});
  commit.mutations.push_back(store::Put{layout::account_alias(alias), to_bytes(as_bytes(id.view()))});
  return commit;
}

Result<store::Commit> remove_account_alias(const RuleContext& context, const AccountId& id, std::string_view alias) {
  CLAVIGER_TRY(check_account(context.snapshot, id));
  const Account& account = *context.snapshot.account(id);
  if (alias.empty() || account.record->alias != alias) {
    return fail(ErrorCode::kNotFound, fmt::format("The account alias {} cannot be found.", alias));
  }
  store::Commit commit = with_alias(account, {});
  commit.mutations.push_back(store::Delete{layout::account_alias(alias)});
  return commit;
}

}  // namespace claviger::iam
