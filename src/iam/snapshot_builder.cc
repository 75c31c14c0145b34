#include "iam/snapshot_builder.h"

#include <fmt/format.h>

#include <algorithm>

#include "iam/access_key.h"
#include "iam/credential_record.h"
#include "iam/layout.h"

namespace claviger::iam {
namespace {

using Names = std::map<std::string, UniqueId, std::less<>>;

Result<std::shared_ptr<const policy::Document>> parse(policy::DocumentKind kind, std::string_view text,
                                                      std::string_view whose,
                                                      std::vector<policy::Binding> bindings = {}) {
  auto parsed = policy::Document::parse(kind, text, std::move(bindings));
  if (!parsed) {
    return fail(
        Error::corrupt(fmt::format("a stored policy of {} does not parse: {}", whose, parsed.error().message())));
  }
  return std::make_shared<const policy::Document>(*std::move(parsed));
}

Result<std::vector<IdentityPolicy>> parse_inline(const Permissions& permissions, IdentityPolicy::Source source,
                                                 std::string_view whose) {
  std::vector<IdentityPolicy> parsed;
  for (const InlinePolicy& inline_policy : permissions.inline_policies) {
    CLAVIGER_ASSIGN(auto document, parse(policy::DocumentKind::kIdentity, inline_policy.document, whose));
    parsed.push_back({source, inline_policy.name, {}, std::move(document)});
  }
  return parsed;
}

std::set<UniqueId> references(const Permissions& permissions, const std::optional<UniqueId>& boundary = {},
                              const std::vector<UniqueId>& groups = {}) {
  std::set<UniqueId> named(permissions.attached.begin(), permissions.attached.end());
  named.insert(groups.begin(), groups.end());
  if (boundary) named.insert(*boundary);
  return named;
}
std::set<UniqueId> references(const User* user) {
  if (user == nullptr) return {};
  return references(user->record.permissions, user->record.boundary, user->record.groups);
}
std::set<UniqueId> references(const Role* role) {
  return role == nullptr ? std::set<UniqueId>() : references(role->record.permissions, role->record.boundary);
}
std::set<UniqueId> references(const Group* group) {
  return group == nullptr ? std::set<UniqueId>() : references(group->record.permissions);
}

}  // namespace

Status SnapshotBuilder::put(std::string_view store_key, ByteSpan value, store::Revision revision) {
  Status done = put_record(store_key, value, revision);
  // What it was is out of date, what it is cannot be told.
  if (!done) static_cast<void>(erase(store_key));
  return done;
}

Status SnapshotBuilder::put_record(std::string_view store_key, ByteSpan value, store::Revision revision) {
  const auto place = layout::parse(store_key);
  if (!place) return fail(Error::corrupt("a record of IAM's lies under a key that is none of its own"));
  switch (place->kind) {
    case layout::RecordKind::kAccount:
      return put_account(place->account, value, revision);
    case layout::RecordKind::kAccountAlias:
      return put_alias(place->name, value);
    case layout::RecordKind::kUser:
      return put_user(place->account, place->name, value, revision);
    case layout::RecordKind::kGroup:
      return put_group(place->account, place->name, value, revision);
    case layout::RecordKind::kRole:
      return put_role(place->account, place->name, value, revision);
    case layout::RecordKind::kPolicy:
      return put_policy(place->account, place->name, value, revision);
    case layout::RecordKind::kProvider:
      return put_provider(place->account, place->name, value, revision);
    case layout::RecordKind::kCredential:
      return put_credential(place->name, value);
    case layout::RecordKind::kCounter:
      return {};
  }
  CLAVIGER_CHECK(false);
}

Status SnapshotBuilder::erase(std::string_view store_key) {
  const auto place = layout::parse(store_key);
  if (!place) return fail(Error::corrupt("a record of IAM's lies under a key that is none of its own"));
  switch (place->kind) {
    case layout::RecordKind::kAccount:
      own_account(place->account).record.reset();
      own_account(place->account).revision = 0;
      break;
    case layout::RecordKind::kAccountAlias:
      next_.aliases_.erase(place->name);
      break;
    case layout::RecordKind::kUser:
      erase_entity(EntityKind::kUser, place->account, place->name);
      break;
    case layout::RecordKind::kGroup:
      erase_entity(EntityKind::kGroup, place->account, place->name);
      break;
    case layout::RecordKind::kRole:
      erase_entity(EntityKind::kRole, place->account, place->name);
      break;
    case layout::RecordKind::kPolicy:
      erase_entity(EntityKind::kPolicy, place->account, place->name);
      break;
    case layout::RecordKind::kProvider:
      own_account(place->account).providers.erase(std::string(place->name));
      break;
    case layout::RecordKind::kCredential:
      next_.credentials_.erase(place->name);
      break;
    case layout::RecordKind::kCounter:
      break;
  }
  return {};
}

Account& SnapshotBuilder::own_account(const AccountId& id) {
  std::shared_ptr<Account>& own = own_accounts_[id];
  if (own == nullptr) {
    const Account* known = next_.account(id);
    own = known == nullptr ? std::make_shared<Account>() : std::make_shared<Account>(*known);
    next_.accounts_.set(id.view(), own);
  }
  return *own;
}

Names& SnapshotBuilder::own_names(EntityKind kind, const AccountId& account) {
  Account& own = own_account(account);
  switch (kind) {
    case EntityKind::kUser:
      return own.users;
    case EntityKind::kGroup:
      return own.groups;
    case EntityKind::kRole:
      return own.roles;
    case EntityKind::kPolicy:
      return own.policies;
  }
  CLAVIGER_CHECK(false);
}

std::set<UniqueId>& SnapshotBuilder::own_referrers(const UniqueId& to) {
  std::shared_ptr<std::set<UniqueId>>& own = own_referrers_[to];
  if (own == nullptr) {
    own = std::make_shared<std::set<UniqueId>>(next_.referrers(to));
    next_.referrers_.set(to.view(), own);
  }
  return *own;
}

void SnapshotBuilder::move_references(const UniqueId& from, const std::set<UniqueId>& before,
                                      const std::set<UniqueId>& after) {
  for (const UniqueId& to : before) {
    if (!after.contains(to)) own_referrers(to).erase(from);
  }
  for (const UniqueId& to : after) {
    if (!before.contains(to)) own_referrers(to).insert(from);
  }
  changed_.insert(from);
}

void SnapshotBuilder::take_name(EntityKind kind, const AccountId& account, std::string_view name, const UniqueId& id) {
  const UniqueId* had = next_.find_name(kind, account, name);
  if (had != nullptr && *had == id) return;
  if (had != nullptr) erase_entity(kind, account, name);
  own_names(kind, account).insert_or_assign(std::string(name), id);
}

void SnapshotBuilder::erase_entity(EntityKind kind, const AccountId& account, std::string_view name) {
  const UniqueId* found = next_.find_name(kind, account, name);
  if (found == nullptr) return;
  const UniqueId id = *found;
  own_names(kind, account).erase(std::string(name));
  // An entity that was renamed lives on under its new name.
  const auto lives_on = [&](const auto* entity) { return entity == nullptr || folded(entity->record.name) != name; };
  switch (kind) {
    case EntityKind::kUser:
      if (!lives_on(next_.user(id))) remove_user(id);
      break;
    case EntityKind::kGroup:
      if (lives_on(next_.group(id))) break;
      move_references(id, references(next_.group(id)), {});
      next_.groups_.erase(id.view());
      break;
    case EntityKind::kRole:
      if (lives_on(next_.role(id))) break;
      move_references(id, references(next_.role(id)), {});
      next_.roles_.erase(id.view());
      break;
    case EntityKind::kPolicy:
      if (lives_on(next_.policy(id))) break;
      changed_.insert(id);
      next_.policies_.erase(id.view());
      break;
  }
}

void SnapshotBuilder::remove_user(const UniqueId& id) {
  const User& user = *next_.user(id);
  for (const AccessKeyEntry& key : user.record.access_keys) changed_keys_.insert(key.id);
  move_references(id, references(&user), {});
  next_.users_.erase(id.view());
}

Status SnapshotBuilder::put_account(const AccountId& account, ByteSpan value, store::Revision revision) {
  CLAVIGER_ASSIGN(AccountRecord record, decode_account(account, value));
  Account& own = own_account(account);
  own.record = std::move(record);
  own.revision = revision;
  return {};
}

Status SnapshotBuilder::put_alias(std::string_view alias, ByteSpan value) {
  const auto account = AccountId::parse(as_text(value));
  if (!account) return fail(Error::corrupt("an account alias names no account"));
  next_.aliases_.set(alias, *account);
  return {};
}

Status SnapshotBuilder::put_user(const AccountId& account, std::string_view name, ByteSpan value,
                                 store::Revision revision) {
  auto user = std::make_shared<User>();
  CLAVIGER_ASSIGN(user->record, decode_user(account, name, value));
  user->revision = revision;
  CLAVIGER_ASSIGN(user->own_inline, parse_inline(user->record.permissions, IdentityPolicy::Source::kInline, name));
  const UniqueId id = user->record.id;
  const User* old = next_.user(id);
  if (old != nullptr) {
    for (const AccessKeyEntry& key : old->record.access_keys) changed_keys_.insert(key.id);
  }
  move_references(id, references(old), references(user.get()));
  take_name(EntityKind::kUser, account, name, id);
  next_.users_.set(id.view(), std::move(user));
  return {};
}

Status SnapshotBuilder::put_group(const AccountId& account, std::string_view name, ByteSpan value,
                                  store::Revision revision) {
  auto group = std::make_shared<Group>();
  CLAVIGER_ASSIGN(group->record, decode_group(account, name, value));
  group->revision = revision;
  CLAVIGER_ASSIGN(group->own_inline,
                  parse_inline(group->record.permissions, IdentityPolicy::Source::kGroupInline, name));
  const UniqueId id = group->record.id;
  move_references(id, references(next_.group(id)), references(group.get()));
  take_name(EntityKind::kGroup, account, name, id);
  next_.groups_.set(id.view(), std::move(group));
  return {};
}

Status SnapshotBuilder::put_role(const AccountId& account, std::string_view name, ByteSpan value,
                                 store::Revision revision) {
  auto role = std::make_shared<Role>();
  CLAVIGER_ASSIGN(role->record, decode_role(account, name, value));
  role->revision = revision;
  CLAVIGER_ASSIGN(role->own_inline, parse_inline(role->record.permissions, IdentityPolicy::Source::kInline, name));
  std::vector<policy::Binding> bindings;
  for (const auto& [arn, id] : role->record.trust_bindings) bindings.push_back({arn, std::string(id.view())});
  CLAVIGER_ASSIGN(role->trust,
                  parse(policy::DocumentKind::kTrust, role->record.trust_policy, name, std::move(bindings)));
  const UniqueId id = role->record.id;
  move_references(id, references(next_.role(id)), references(role.get()));
  take_name(EntityKind::kRole, account, name, id);
  next_.roles_.set(id.view(), std::move(role));
  return {};
}

Status SnapshotBuilder::put_policy(const AccountId& account, std::string_view name, ByteSpan value,
                                   store::Revision revision) {
  auto entry = std::make_shared<ManagedPolicy>();
  CLAVIGER_ASSIGN(entry->record, decode_policy(account, name, value));
  entry->revision = revision;
  const UniqueId id = entry->record.id;
  const PolicyVersion& version = *entry->record.find_version(entry->record.default_version);
  const ManagedPolicy* old = next_.policy(id);
  const PolicyVersion* old_version = old == nullptr ? nullptr : old->record.find_version(old->record.default_version);
  if (old_version != nullptr && old_version->document == version.document) {
    // Only counts or tags changed: who has it need not be looked at.
    entry->document = old->document;
  } else {
    CLAVIGER_ASSIGN(entry->document, parse(policy::DocumentKind::kIdentity, version.document, name));
    changed_.insert(id);
  }
  take_name(EntityKind::kPolicy, account, name, id);
  next_.policies_.set(id.view(), std::move(entry));
  return {};
}

Status SnapshotBuilder::put_provider(const AccountId& account, std::string_view url, ByteSpan value,
                                     store::Revision revision) {
  auto provider = std::make_shared<Provider>();
  CLAVIGER_ASSIGN(provider->record, decode_provider(account, url, value));
  provider->revision = revision;
  if (!provider->record.key_set.empty()) {
    auto keys = KeySet::parse(provider->record.key_set);
    if (!keys) return fail(Error::corrupt("the stored key set of a provider does not parse"));
    provider->keys = std::make_shared<const KeySet>(*std::move(keys));
  }
  own_account(account).providers.insert_or_assign(std::string(url), std::move(provider));
  return {};
}

Status SnapshotBuilder::put_credential(std::string_view access_key_id, ByteSpan value) {
  CLAVIGER_ASSIGN(const CredentialRecord record, decode_credential(value));
  CLAVIGER_ASSIGN(SecretBytes secret,
                  sealer_.open(credential_context(access_key_id, record.account, record.user), record.sealed_secret));
  if (secret.empty() || secret.size() > kMaxSecretBytes) {
    return fail(Error::corrupt("credential record holds a secret of a wrong size"));
  }
  auto shared = std::make_shared<const SecretBytes>(signing_secret(std::move(secret)));
  next_.credentials_.set(access_key_id, {record.account, record.user, std::move(shared), nullptr});
  if (!record.user) own_account(record.account);
  changed_keys_.insert(std::string(access_key_id));
  return {};
}

Snapshot SnapshotBuilder::finish() {
  // Each step may add to what the next ones have to look at.
  std::set<UniqueId> seen;
  for (const UniqueId& id : changed_) {
    if (id.kind() == EntityKind::kPolicy) seen.merge(std::set<UniqueId>(next_.referrers(id)));
  }
  changed_.merge(seen);
  std::set<UniqueId> members;
  for (const UniqueId& id : changed_) {
    if (id.kind() != EntityKind::kGroup) continue;
    relink_group(id);
    members.merge(std::set<UniqueId>(next_.referrers(id)));
  }
  changed_.merge(members);
  for (const UniqueId& id : changed_) {
    if (id.kind() == EntityKind::kUser) relink_user(id);
    if (id.kind() == EntityKind::kRole) relink_role(id);
  }
  for (const std::string& key : changed_keys_) relink_credential(key);
  return std::move(next_);
}

bool SnapshotBuilder::append_attached(const Permissions& permissions, IdentityPolicy::Source source,
                                      std::vector<IdentityPolicy>& out) const {
  for (const UniqueId& id : permissions.attached) {
    const ManagedPolicy* managed = next_.policy(id);
    if (managed == nullptr) return false;
    out.push_back({source, managed->record.arn(partition_), {}, managed->document});
  }
  return true;
}

void SnapshotBuilder::relink_group(const UniqueId& id) {
  const Group* old = next_.group(id);
  if (old == nullptr) return;
  auto group = std::make_shared<Group>(*old);
  group->policies = group->own_inline;
  group->usable = append_attached(group->record.permissions, IdentityPolicy::Source::kGroupManaged, group->policies);
  for (IdentityPolicy& entry : group->policies) entry.group = group->record.name;
  next_.groups_.set(id.view(), std::move(group));
}

// The boundary, and the list that decisions take.
void SnapshotBuilder::complete(Identity& identity, const std::optional<UniqueId>& boundary) const {
  for (const IdentityPolicy& entry : identity.policies) identity.documents.push_back(entry.document);
  if (!boundary) return;
  const ManagedPolicy* managed = next_.policy(*boundary);
  if (managed == nullptr) {
    identity.usable = false;
    return;
  }
  identity.boundary = managed->document;
  identity.boundary_arn = managed->record.arn(partition_);
}

void SnapshotBuilder::relink_user(const UniqueId& id) {
  const User* old = next_.user(id);
  if (old == nullptr) return;
  auto user = std::make_shared<User>(*old);
  const UserRecord& record = user->record;
  auto identity = std::make_shared<Identity>(Identity{.kind = EntityKind::kUser,
                                                      .account = record.account,
                                                      .id = id,
                                                      .name = record.name,
                                                      .path = record.path,
                                                      .arn = record.arn(partition_),
                                                      .tags = record.tags,
                                                      .policies = user->own_inline});
  identity->usable = append_attached(record.permissions, IdentityPolicy::Source::kManaged, identity->policies);
  for (const UniqueId& group_id : record.groups) {
    const Group* group = next_.group(group_id);
    identity->usable = identity->usable && group != nullptr && group->usable;
    if (!identity->usable) break;
    identity->policies.insert(identity->policies.end(), group->policies.begin(), group->policies.end());
  }
  complete(*identity, record.boundary);
  for (const AccessKeyEntry& key : record.access_keys) changed_keys_.insert(key.id);
  user->identity = std::move(identity);
  next_.users_.set(id.view(), std::move(user));
}

void SnapshotBuilder::relink_role(const UniqueId& id) {
  const Role* old = next_.role(id);
  if (old == nullptr) return;
  auto role = std::make_shared<Role>(*old);
  const RoleRecord& record = role->record;
  auto identity = std::make_shared<Identity>(Identity{.kind = EntityKind::kRole,
                                                      .account = record.account,
                                                      .id = id,
                                                      .name = record.name,
                                                      .path = record.path,
                                                      .arn = record.arn(partition_),
                                                      .tags = record.tags,
                                                      .policies = role->own_inline});
  identity->usable = append_attached(record.permissions, IdentityPolicy::Source::kManaged, identity->policies);
  complete(*identity, record.boundary);
  role->identity = std::move(identity);
  next_.roles_.set(id.view(), std::move(role));
}

void SnapshotBuilder::relink_credential(std::string_view access_key_id) {
  const Snapshot::AccessKeyState* old = next_.credentials_.find(access_key_id);
  if (old == nullptr) return;
  Snapshot::AccessKeyState state = *old;
  state.usable = nullptr;
  if (!state.user) {
    state.usable = std::make_shared<const Credential>(Credential{
        std::make_shared<const Caller>(root_caller(partition_, state.account, access_key_id)), state.signing_secret});
  } else if (const User* user = next_.user(*state.user)) {
    const auto& keys = user->record.access_keys;
    const bool active = std::any_of(keys.begin(), keys.end(), [&](const AccessKeyEntry& key) {
      return key.id == access_key_id && key.status == AccessKeyStatus::kActive;
    });
    if (active && user->record.account == state.account && user->identity->usable) {
      state.usable = std::make_shared<const Credential>(
          Credential{std::make_shared<const Caller>(user_caller(user->identity, access_key_id)), state.signing_secret});
    }
  }
  next_.credentials_.set(access_key_id, std::move(state));
}

}  // namespace claviger::iam
