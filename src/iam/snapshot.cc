#include "iam/snapshot.h"

namespace claviger::iam {
namespace {

template <class Entity>
const Entity* entity_in(const ShardedMap<std::shared_ptr<const Entity>>& map, std::string_view key) {
  const auto* found = map.find(key);
  return found == nullptr ? nullptr : found->get();
}

// An ARN names an entity only with the path and the case of letters that the entity has.
template <class Entity>
const Entity* if_named_so(const Entity* entity, const EntityArn& arn) {
  if (entity == nullptr || entity->record.path != arn.path || entity->record.name != arn.name) return nullptr;
  return entity;
}

}  // namespace

const std::map<std::string, UniqueId, std::less<>>& Account::names(EntityKind kind) const {
  switch (kind) {
    case EntityKind::kUser:
      return users;
    case EntityKind::kGroup:
      return groups;
    case EntityKind::kRole:
      return roles;
    case EntityKind::kPolicy:
      return policies;
  }
  CLAVIGER_CHECK(false);
}

const Account* Snapshot::account(const AccountId& id) const { return entity_in(accounts_, id.view()); }
const AccountId* Snapshot::account_of_alias(std::string_view alias) const { return aliases_.find(alias); }

const UniqueId* Snapshot::find_name(EntityKind kind, const AccountId& id, std::string_view name) const {
  const Account* in = account(id);
  if (in == nullptr) return nullptr;
  const auto& names = in->names(kind);
  const auto found = names.find(folded(name));
  return found == names.end() ? nullptr : &found->second;
}

const User* Snapshot::user(const UniqueId& id) const { return entity_in(users_, id.view()); }
const Group* Snapshot::group(const UniqueId& id) const { return entity_in(groups_, id.view()); }
const Role* Snapshot::role(const UniqueId& id) const { return entity_in(roles_, id.view()); }
const ManagedPolicy* Snapshot::policy(const UniqueId& id) const { return entity_in(policies_, id.view()); }

const User* Snapshot::user(const AccountId& account, std::string_view name) const {
  const UniqueId* id = find_name(EntityKind::kUser, account, name);
  return id == nullptr ? nullptr : user(*id);
}
const Group* Snapshot::group(const AccountId& account, std::string_view name) const {
  const UniqueId* id = find_name(EntityKind::kGroup, account, name);
  return id == nullptr ? nullptr : group(*id);
}
const Role* Snapshot::role(const AccountId& account, std::string_view name) const {
  const UniqueId* id = find_name(EntityKind::kRole, account, name);
  return id == nullptr ? nullptr : role(*id);
}
const ManagedPolicy* Snapshot::policy(const AccountId& account, std::string_view name) const {
  const UniqueId* id = find_name(EntityKind::kPolicy, account, name);
  return id == nullptr ? nullptr : policy(*id);
}
const Provider* Snapshot::provider(const AccountId& id, std::string_view url) const {
  const Account* in = account(id);
  if (in == nullptr) return nullptr;
  const auto found = in->providers.find(url);
  return found == in->providers.end() ? nullptr : found->second.get();
}

const User* Snapshot::user_by_arn(std::string_view arn) const {
  const auto parsed = parse_entity_arn(arn);
  if (!parsed || parsed->kind != EntityKind::kUser) return nullptr;
  return if_named_so(user(parsed->account, parsed->name), *parsed);
}
const Role* Snapshot::role_by_arn(std::string_view arn) const {
  const auto parsed = parse_entity_arn(arn);
  if (!parsed || parsed->kind != EntityKind::kRole) return nullptr;
  return if_named_so(role(parsed->account, parsed->name), *parsed);
}
const ManagedPolicy* Snapshot::policy_by_arn(std::string_view arn) const {
  const auto parsed = parse_entity_arn(arn);
  if (!parsed || parsed->kind != EntityKind::kPolicy) return nullptr;
  return if_named_so(policy(parsed->account, parsed->name), *parsed);
}
const Provider* Snapshot::provider_by_arn(std::string_view arn) const {
  const auto parsed = parse_provider_arn(arn);
  return parsed ? provider(parsed->account, parsed->url) : nullptr;
}

std::shared_ptr<const Identity> Snapshot::identity(const UniqueId& id) const {
  if (id.kind() == EntityKind::kUser) {
    const User* found = user(id);
    return found == nullptr ? nullptr : found->identity;
  }
  const Role* found = role(id);
  return found == nullptr ? nullptr : found->identity;
}

const std::set<UniqueId>& Snapshot::referrers(const UniqueId& id) const {
  static const std::set<UniqueId> kNone;
  const auto* found = referrers_.find(id.view());
  return found == nullptr ? kNone : **found;
}

const Credential* Snapshot::credential(std::string_view access_key_id) const {
  const AccessKeyState* found = credentials_.find(access_key_id);
  return found == nullptr ? nullptr : found->usable.get();
}

const AccountId* Snapshot::account_of_access_key(std::string_view access_key_id) const {
  const AccessKeyState* found = credentials_.find(access_key_id);
  return found == nullptr ? nullptr : &found->account;
}

const UniqueId* Snapshot::user_of_access_key(std::string_view access_key_id) const {
  const AccessKeyState* found = credentials_.find(access_key_id);
  return found == nullptr || !found->user ? nullptr : &*found->user;
}

}  // namespace claviger::iam
