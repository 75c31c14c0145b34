// Everything that IAM knows, at one moment: entities with their records and revisions, identities, access keys.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.h"
#include "iam/caller.h"
#include "iam/identity.h"
#include "iam/key_set.h"
#include "iam/records.h"
#include "iam/sharded_map.h"
#include "store/store.h"

namespace claviger::iam {

// Each with its record, the revision of it, and its own inline policies parsed.
struct User {
  UserRecord record;
  store::Revision revision = 0;
  std::vector<IdentityPolicy> own_inline;
  std::shared_ptr<const Identity> identity;
};
struct Group {
  GroupRecord record;
  store::Revision revision = 0;
  std::vector<IdentityPolicy> own_inline;
  std::vector<IdentityPolicy> policies;  // inline and attached, as its members have them
  bool usable = true;                    // as Identity::usable
};
struct Role {
  RoleRecord record;
  store::Revision revision = 0;
  std::vector<IdentityPolicy> own_inline;
  std::shared_ptr<const Identity> identity;
  std::shared_ptr<const policy::Document> trust;
};
struct ManagedPolicy {
  PolicyRecord record;
  store::Revision revision = 0;
  std::shared_ptr<const policy::Document> document;  // of the default version
};
struct Provider {
  ProviderRecord record;
  store::Revision revision = 0;
  std::shared_ptr<const KeySet> keys;  // null while none has been uploaded
};

// An access key with everything that the authenticator needs.
struct Credential {
  std::shared_ptr<const Caller> caller;
  // "AWS4" and the secret access key: the key of the first step of Signature Version 4's derivation.
  std::shared_ptr<const SecretBytes> signing_secret;
};

struct Account {
  // None where the account is only known from an access key of its root.
  std::optional<AccountRecord> record;
  store::Revision revision = 0;
  // Ids by folded name, so that listings are in order.
  std::map<std::string, UniqueId, std::less<>> users, groups, roles, policies;
  // By URL.
  std::map<std::string, std::shared_ptr<const Provider>, std::less<>> providers;

  const std::map<std::string, UniqueId, std::less<>>& names(EntityKind kind) const;
};

// Immutable once the registry has published it: may be read by any number of threads. Pointers live as long as the
// snapshot.
class Snapshot final {
 public:
  const Account* account(const AccountId& id) const;
  // nullptr when no account has this alias.
  const AccountId* account_of_alias(std::string_view alias) const;

  // By name in any case, or by id. nullptr when there is none.
  const User* user(const AccountId& account, std::string_view name) const;
  const Group* group(const AccountId& account, std::string_view name) const;
  const Role* role(const AccountId& account, std::string_view name) const;
  const ManagedPolicy* policy(const AccountId& account, std::string_view name) const;
  const User* user(const UniqueId& id) const;
  const Group* group(const UniqueId& id) const;
  const Role* role(const UniqueId& id) const;
  const ManagedPolicy* policy(const UniqueId& id) const;
  const Provider* provider(const AccountId& id, std::string_view url) const;

  // By ARN, in any partition, with path and name exactly as they are.
  const User* user_by_arn(std::string_view arn) const;
  const Role* role_by_arn(std::string_view arn) const;
  const ManagedPolicy* policy_by_arn(std::string_view arn) const;
  const Provider* provider_by_arn(std::string_view arn) const;

  // Shared with the snapshot: for who keeps it longer.
  std::shared_ptr<const Identity> identity(const UniqueId& id) const;

  // Who names this entity: the members of a group; the users, groups and roles that have a policy attached or as their
  // boundary. In order of ids.
  const std::set<UniqueId>& referrers(const UniqueId& id) const;

  // nullptr for an access key that is unknown or inactive.
  const Credential* credential(std::string_view access_key_id) const;
  // Whose access key this is, active or not.
  const AccountId* account_of_access_key(std::string_view access_key_id) const;
  // The user whose access key this is, active or not; nullptr for an unknown key and for one of a root.
  const UniqueId* user_of_access_key(std::string_view access_key_id) const;
  std::size_t credential_count() const { return credentials_.size(); }

 private:
  friend class SnapshotBuilder;

  struct AccessKeyState {
    AccountId account;
    std::optional<UniqueId> user;
    std::shared_ptr<const SecretBytes> signing_secret;
    // Null while the key must not be used.
    std::shared_ptr<const Credential> usable;
  };

  const UniqueId* find_name(EntityKind kind, const AccountId& id, std::string_view name) const;

  ShardedMap<std::shared_ptr<const Account>> accounts_;
  ShardedMap<AccountId> aliases_;
  ShardedMap<std::shared_ptr<const User>> users_;
  ShardedMap<std::shared_ptr<const Group>> groups_;
  ShardedMap<std::shared_ptr<const Role>> roles_;
  ShardedMap<std::shared_ptr<const ManagedPolicy>> policies_;
  ShardedMap<std::shared_ptr<const std::set<UniqueId>>> referrers_;
  ShardedMap<AccessKeyState> credentials_;
};

}  // namespace claviger::iam
