// Makes the next snapshot out of one and the records that changed.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "iam/credential_sealer.h"
#include "iam/snapshot.h"

namespace claviger::iam {

// Records come in any order; what they mean together is worked out by finish(). Used by one thread, once.
class SnapshotBuilder final {
 public:
  // `previous` is the snapshot to start from. `sealer` and `partition` (of ARNs) outlive the builder.
  SnapshotBuilder(Snapshot previous, CredentialSealer& sealer, std::string_view partition)
      : next_(std::move(previous)), sealer_(sealer), partition_(partition) {}

  // A record under `iam/` was written. kCorrupt when it does not decode, open or parse: then whatever it was before is
  // gone from the snapshot, so that nobody is let in by what is out of date.
  [[nodiscard]] Status put(std::string_view store_key, ByteSpan value, store::Revision revision);
  // A record under `iam/` was deleted. kCorrupt for a key that is none of IAM's.
  [[nodiscard]] Status erase(std::string_view store_key);

  // Everything that depends on what changed is made anew.
  Snapshot finish();

 private:
  Status put_record(std::string_view store_key, ByteSpan value, store::Revision revision);
  Status put_user(const AccountId& account, std::string_view name, ByteSpan value, store::Revision revision);
  Status put_group(const AccountId& account, std::string_view name, ByteSpan value, store::Revision revision);
  Status put_role(const AccountId& account, std::string_view name, ByteSpan value, store::Revision revision);
  Status put_policy(const AccountId& account, std::string_view name, ByteSpan value, store::Revision revision);
  Status put_provider(const AccountId& account, std::string_view url, ByteSpan value, store::Revision revision);
  Status put_account(const AccountId& account, ByteSpan value, store::Revision revision);
  Status put_alias(std::string_view alias, ByteSpan value);
  Status put_credential(std::string_view access_key_id, ByteSpan value);
  void erase_entity(EntityKind kind, const AccountId& account, std::string_view name);

  // The account for changing, made when it is not there.
  Account& own_account(const AccountId& id);
  std::map<std::string, UniqueId, std::less<>>& own_names(EntityKind kind, const AccountId& account);
  // What `from` names, before and after.
  void move_references(const UniqueId& from, const std::set<UniqueId>& before, const std::set<UniqueId>& after);
  std::set<UniqueId>& own_referrers(const UniqueId& to);
  // The name is this entity's now; another that had it is gone.
  void take_name(EntityKind kind, const AccountId& account, std::string_view name, const UniqueId& id);
  void remove_user(const UniqueId& id);

  void mark(const UniqueId& id) { changed_.insert(id); }

  void relink_group(const UniqueId& id);
  void relink_user(const UniqueId& id);
  void relink_role(const UniqueId& id);
  void relink_credential(std::string_view access_key_id);
  // False when one of them is missing.
  bool append_attached(const Permissions& permissions, IdentityPolicy::Source source,
                       std::vector<IdentityPolicy>& out) const;
  void complete(Identity& identity, const std::optional<UniqueId>& boundary) const;

  Snapshot next_;
  CredentialSealer& sealer_;
  std::string_view partition_;
  std::map<AccountId, std::shared_ptr<Account>> own_accounts_;
  std::map<UniqueId, std::shared_ptr<std::set<UniqueId>>> own_referrers_;
  // What finish() has to look at.
  std::set<UniqueId> changed_;
  std::set<std::string, std::less<>> changed_keys_;
};

}  // namespace claviger::iam
