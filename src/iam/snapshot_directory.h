// The principals of one snapshot, as policies ask for them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "iam/snapshot.h"
#include "policy/principal.h"

namespace claviger::iam {

class SnapshotDirectory final : public policy::PrincipalDirectory {
 public:
  // The snapshot outlives this. `partition` is the one of arn_of().
  explicit SnapshotDirectory(const Snapshot& snapshot, std::string_view partition = "aws")
      : snapshot_(snapshot), partition_(partition) {}

  bool account_exists(const AccountId& account) const override;
  // A session exists when its role does, by the role's name as it is written; sessions themselves are not kept. A
  // federated user exists when its account does.
  bool principal_exists(std::string_view arn) const override;
  std::optional<std::string> unique_id(std::string_view arn) const override;
  std::optional<std::string> arn_of(std::string_view unique_id) const override;

 private:
  const Snapshot& snapshot_;
  std::string_view partition_;
};

}  // namespace claviger::iam
