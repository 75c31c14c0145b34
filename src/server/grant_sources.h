// The grants that a decision on a key may rest on.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/snapshot.h"
#include "api/target.h"
#include "policy/decision.h"
#include "server/directory.h"
#include "server/visibility.h"

namespace claviger::server {

// How a grant's principal can mean a caller: closest first, an empty identity means nobody.
struct GrantIdentity {
  policy::Grantee closeness;
  std::string identity;  // as keys::GrantPrincipal::identity()
};
using GrantIdentities = std::array<GrantIdentity, 3>;
// A caller itself, the role or user behind its session, its account. Services and web identities have none.
GrantIdentities grant_identities(const policy::Principal& caller, const Region& region);

// The grants that a development server holds back, but for those whose tokens a request has.
struct HiddenGrants {
  const Visibility* visibility = nullptr;  // null: none
  std::vector<keys::layout::GrantPlace> shown = {};

  bool has(const keys::layout::GrantPlace& grant) const;
};

// The grants on one key that a loop remembers. Asked by a decision, on the loop; borrows everything.
class RememberedGrants final : public policy::GrantSource {
 public:
  // `hidden` are as if they were not there; null: none.
  RememberedGrants(Directory& directory, const policy::Principal& caller, const api::KeySnapshot& key,
                   const api::Target& target, const HiddenGrants* hidden = nullptr)
      : directory_(directory), caller_(caller), key_(key), target_(target), hidden_(hidden) {}

  static constexpr std::size_t kMaxExplained = 1000;

  // nullopt, and missing() is set, when the store must be read before it can be told.
  std::optional<policy::GrantUse> find(std::string_view action) const override;
  // Of the caller's grants that are remembered only: those of others are not looked at.
  void explain(std::string_view action, std::vector<policy::TracedGrant>& out) const override;

  const std::optional<keys::layout::GranteePlace>& missing() const { return missing_; }
  // What find() found.
  const std::shared_ptr<const api::GrantSnapshot>& found() const { return found_; }

 private:
  Directory& directory_;
  const policy::Principal& caller_;
  const api::KeySnapshot& key_;
  const api::Target& target_;
  const HiddenGrants* const hidden_;
  bool is_hidden(const api::GrantSnapshot& grant) const { return hidden_ != nullptr && hidden_->has(grant.place); }
  // The grants of whom `as` means; nullptr, and missing_ is set, when they are not remembered.
  const Directory::Grantees::Pointer* grants_of(GrantIdentity as) const;
  keys::GrantUseRequest request(keys::GrantOperation operation) const {
    return {.operation = operation, .context = target_.encryption_context, .child = target_.child};
  }

  mutable std::optional<keys::layout::GranteePlace> missing_;
  mutable std::shared_ptr<const api::GrantSnapshot> found_;
};

// One grant, for RetireGrant: its retiring principal may, its grantee if the grant says so, and the account in which it
// was made, which can leave it to its identity policies.
class RetiredGrant final : public policy::GrantSource {
 public:
  // Both outlive the source.
  RetiredGrant(const policy::Principal& caller, const api::GrantSnapshot& grant) : caller_(caller), grant_(grant) {}
  std::optional<policy::GrantUse> find(std::string_view action) const override;
  void explain(std::string_view action, std::vector<policy::TracedGrant>& out) const override;

 private:
  const policy::Principal& caller_;
  const api::GrantSnapshot& grant_;
};

}  // namespace claviger::server
