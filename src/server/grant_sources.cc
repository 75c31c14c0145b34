#include "server/grant_sources.h"

#include <algorithm>

namespace claviger::server {
namespace {

// What becomes of asking a grant that has the operation.
void trace_use(const keys::GrantRecord& grant, const keys::GrantUseRequest& request, policy::TracedGrant& traced) {
  if (grant.allows(request)) {
    traced.outcome = policy::GrantOutcome::kAllows;
    return;
  }
  if (request.operation == keys::GrantOperation::kCreateGrant) {
    traced.outcome = policy::GrantOutcome::kWider;
    return;
  }
  traced.outcome = policy::GrantOutcome::kConstraint;
  traced.constraint =
      grant.constraint.type == keys::ConstraintType::kEquals ? "EncryptionContextEquals" : "EncryptionContextSubset";
  traced.demanded = grant.constraint.context.pairs();
  if (request.context != nullptr) traced.requested = request.context->pairs();
}

}  // namespace

using policy::Grantee;
using policy::PrincipalKind;

GrantIdentities grant_identities(const policy::Principal& caller, const Region& region) {
  GrantIdentities identities{{{Grantee::kCaller, {}}, {Grantee::kSource, {}}, {Grantee::kAccount, {}}}};
  auto& [own, source, account] = identities;
  switch (caller.kind) {
    case PrincipalKind::kRoot:
      own.identity = account_root_arn(region.partition(), caller.account);
      return identities;
    case PrincipalKind::kUser:
      own.identity = caller.unique_id;
      break;
    case PrincipalKind::kAssumedRole:
    case PrincipalKind::kFederatedUser:
      own.identity = caller.arn;
      source.identity = caller.unique_id;
      break;
    case PrincipalKind::kWebIdentity:
    case PrincipalKind::kService:
      return identities;
  }
  account.identity = account_root_arn(region.partition(), caller.account);
  return identities;
}

bool HiddenGrants::has(const keys::layout::GrantPlace& grant) const {
  if (visibility == nullptr || std::ranges::find(shown, grant) != shown.end()) return false;
  return visibility->hides(grant);
}

const Directory::Grantees::Pointer* RememberedGrants::grants_of(GrantIdentity as) const {
  keys::layout::GranteePlace place{{key_.record.scope, key_.record.id}, std::move(as.identity)};
  const Directory::Grantees::Pointer* grants = directory_.grantees().find(place);
  if (grants == nullptr) missing_ = std::move(place);
  return grants;
}

std::optional<policy::GrantUse> RememberedGrants::find(std::string_view action) const {
  const auto operation = keys::grant_operation(action);
  if (!operation) return std::nullopt;
  const keys::GrantUseRequest asked = request(*operation);
  for (const GrantIdentity& as : grant_identities(caller_, key_.record.scope.region)) {
    if (as.identity.empty()) continue;
    const Directory::Grantees::Pointer* grantee = grants_of(as);
    // A closer one may be among them: nothing can be told before they are read.
    if (grantee == nullptr) return std::nullopt;
    const auto& grants = (*grantee)->grants;
    const auto found = std::find_if(grants.begin(), grants.end(), [&](const api::GrantSnapshot& grant) {
      return grant.record.allows(asked) && !is_hidden(grant);
    });
    if (found == grants.end()) continue;
    found_ = std::shared_ptr<const api::GrantSnapshot>(*grantee, &*found);
    return policy::GrantUse{as.closeness, found->place.grant.view()};
  }
  return std::nullopt;
}

void RememberedGrants::explain(std::string_view action, std::vector<policy::TracedGrant>& out) const {
  using policy::GrantOutcome;
  const auto operation = keys::grant_operation(action);
  for (const GrantIdentity& as : grant_identities(caller_, key_.record.scope.region)) {
    const Directory::Grantees::Pointer* grantee = as.identity.empty() ? nullptr : grants_of(as);
    if (grantee == nullptr) continue;
    for (const api::GrantSnapshot& grant : (*grantee)->grants) {
      if (out.size() >= kMaxExplained) return;
      if (is_hidden(grant)) continue;
      policy::TracedGrant traced{std::string(grant.place.grant.view()), GrantOutcome::kOtherOperation};
      traced.name = grant.record.name;
      if (operation && grant.record.operations.has(*operation)) trace_use(grant.record, request(*operation), traced);
      out.push_back(std::move(traced));
    }
  }
}

std::optional<policy::GrantUse> RetiredGrant::find(std::string_view) const {
  const keys::GrantRecord& grant = grant_.record;
  const bool by_grantee = grant.operations.has(keys::GrantOperation::kRetireGrant);
  for (const GrantIdentity& as : grant_identities(caller_, grant_.place.key.scope.region)) {
    if (as.identity.empty()) continue;
    const bool retires = grant.retiring && grant.retiring->identity() == as.identity;
    const bool is_grantee = by_grantee && grant.grantee.identity() == as.identity;
    if (retires || is_grantee) return policy::GrantUse{as.closeness, grant_.place.grant.view()};
  }
  const bool has_account = caller_.kind != PrincipalKind::kWebIdentity && caller_.kind != PrincipalKind::kService;
  if (!has_account || caller_.account != grant.issuer) return std::nullopt;
  return policy::GrantUse{Grantee::kAccount, grant_.place.grant.view()};
}

void RetiredGrant::explain(std::string_view action, std::vector<policy::TracedGrant>& out) const {
  using policy::GrantOutcome;
  out.push_back(
      {std::string(grant_.place.grant.view()), find(action) ? GrantOutcome::kAllows : GrantOutcome::kOtherGrantee});
}

}  // namespace claviger::server
