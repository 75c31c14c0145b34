// Accounts, principals and credentials of the server, in memory: one immutable snapshot, replaced whole with every
// change, before the change is acknowledged to whoever made it.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/guarded.h"
#include "base/identifiers.h"
#include "base/result.h"
#include "iam/access_key.h"
#include "iam/credential_sealer.h"
#include "iam/snapshot.h"
#include "policy/principal.h"
#include "store/store.h"

namespace claviger::iam {

// Owns the current snapshot. snapshot(), generation() and the functions of PrincipalDirectory may be called from any
// thread and never wait for a disk. apply() is the store's, one call at a time. The others block on the store, must not
// run on an event loop, and are for the time before apply() is wired.
class Registry final : public policy::PrincipalDirectory {
 public:
  // The first three must outlive this. `partition` is the one of the ARNs in identities. Starts empty: call load().
  Registry(store::Store& store, CredentialSealer& sealer, const Clock& clock, std::string partition = "aws");

  // Reads every record. kCorrupt, and the old snapshot stays, when one does not decode, open or parse.
  [[nodiscard]] Status load();
  // Makes sure that `account` has a record. After load().
  [[nodiscard]] Status ensure_account(const AccountId& account);
  // Makes `key` an access key of the root of `account`, or gives it this secret if it already is one; durable and in
  // force when this returns. kAlreadyExists when the id is somebody else's.
  [[nodiscard]] Status put_root(const AccountId& account, const AccessKey& key);
  // kNotFound when there is no such key of a root. In force for the very next request.
  [[nodiscard]] Status remove_root(std::string_view access_key_id);

  // What the store's listener does with the changes of a commit: when this returns they are in force. Changes under
  // `iam/` carry their values (store::Store::set_change_listener). kCorrupt when something could not be read; then it
  // is gone from the snapshot, and failure() says so.
  [[nodiscard]] Status apply(const std::vector<store::Change>& changes);
  // Empty, or what apply() could not read.
  std::string failure() const;

  std::shared_ptr<const Snapshot> snapshot() const;
  // Grows whenever the snapshot is replaced: whoever keeps a snapshot compares this before each use.
  std::uint64_t generation() const { return generation_.load(std::memory_order_acquire); }

  CredentialSealer& sealer() const { return sealer_; }
  const std::string& partition() const { return partition_; }

  bool account_exists(const AccountId& account) const override;
  bool principal_exists(std::string_view arn) const override;
  std::optional<std::string> unique_id(std::string_view arn) const override;
  std::optional<std::string> arn_of(std::string_view unique_id) const override;

 private:
  void publish(std::shared_ptr<const Snapshot> snapshot);

  store::Store& store_;
  CredentialSealer& sealer_;
  const Clock& clock_;
  const std::string partition_;
  Guarded<std::shared_ptr<const Snapshot>> current_;
  Guarded<std::string> failure_;
  std::atomic<std::uint64_t> generation_{1};
};

}  // namespace claviger::iam
