// From stored records to the snapshots that requests use.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "api/snapshot.h"
#include "base/guarded.h"
#include "base/identifiers.h"
#include "base/result.h"
#include "store/store.h"

namespace claviger::server {

// Reads the store, so it blocks; thread-safe.
class SnapshotLoader final {
 public:
  explicit SnapshotLoader(store::Store& store) : store_(store) {}

  // nullptr when there is no such key or alias. kCorrupt when its record does not decode, or its policy is not one
  // that was accepted: such a key is refused rather than guessed at.
  [[nodiscard]] Result<std::shared_ptr<const api::KeySnapshot>> key(const Scope& scope, const KeyId& id);
  [[nodiscard]] Result<std::shared_ptr<const api::AliasSnapshot>> alias(const Scope& scope, const AliasName& name);
  // Likewise. Never nullptr of a grantee: without grants the snapshot is empty. A damaged grant makes the answer for
  // its grantee kCorrupt.
  [[nodiscard]] Result<std::shared_ptr<const api::GranteeSnapshot>> grants_for(const keys::layout::GranteePlace& place);
  [[nodiscard]] Result<std::shared_ptr<const api::GrantSnapshot>> grant(const keys::layout::GrantPlace& place);

 private:
  Result<std::shared_ptr<const policy::Document>> policy_of(const keys::KeyRecord& record);
  Result<std::vector<std::string>> aliases_of(const Scope& scope, const KeyId& id);

  store::Store& store_;
  // Keys without a policy of their own share one document for each account and partition.
  Guarded<std::map<std::pair<std::string, AccountId>, std::shared_ptr<const policy::Document>>> defaults_;
};

}  // namespace claviger::server
