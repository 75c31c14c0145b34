// What a handler is given besides its request: the caller, the keys it may use, and the services to do it with.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "api/snapshot.h"
#include "base/clock.h"
#include "base/identifiers.h"
#include "base/random.h"
#include "hsm/attestation.h"
#include "hsm/material_import.h"
#include "hsm/private_key_session.h"
#include "hsm/purpose_sealer.h"
#include "hsm/session.h"
#include "iam/caller.h"
#include "iam/quotas.h"
#include "iam/registry.h"
#include "iam/session_tokens.h"
#include "iam/trust_listener.h"
#include "policy/context.h"
#include "policy/principal.h"
#include "store/store.h"

namespace claviger::server {
class AuthorizedKeyMaker;
}

namespace claviger::api {

// A key that the pipeline resolved, authorized for this caller and action, and found in a fitting state. Nobody else
// can make one, so no handler can skip a check.
class AuthorizedKey final {
 public:
  const keys::KeyRecord& record() const { return snapshot_->record; }
  const std::string& arn() const { return snapshot_->arn; }
  store::Revision revision() const { return snapshot_->revision; }
  const policy::Document& policy() const { return *snapshot_->policy; }
  // Of asymmetric specs.
  const hsm::PublicKey& public_key() const { return snapshot_->public_key.value(); }
  hsm::KeyBinding binding() const { return snapshot_->binding(); }
  // Null unless a grant gave the caller the permission, and no policy. Its revision is that of layout::grant_for(), of
  // RetireGrant that of layout::grant().
  const GrantSnapshot* grant() const { return grant_.get(); }

 private:
  friend class server::AuthorizedKeyMaker;
  AuthorizedKey(std::shared_ptr<const KeySnapshot> snapshot, std::shared_ptr<const GrantSnapshot> grant)
      : snapshot_(std::move(snapshot)), grant_(std::move(grant)) {}
  std::shared_ptr<const KeySnapshot> snapshot_;
  std::shared_ptr<const GrantSnapshot> grant_;
};

// Quotas on resources (Developer Guide, "Resource quotas").
struct Limits {
  std::int64_t keys_per_region = 100'000;
  std::int64_t aliases_per_key = 50;
  std::int64_t grants_per_key = 50'000;
  iam::Quotas iam = {};
};

// What handlers may use. One for each thread; everything outlives the requests.
struct Services {
  // Present on event loops and where a handler computes; null where it reads the store.
  hsm::Session* hsm = nullptr;
  // Likewise; on event loops for what is quick alone.
  hsm::PrivateKeySession* private_keys = nullptr;
  // Present only where a handler computes; see Definition::computes.
  hsm::MaterialImport* material_import = nullptr;
  // Present only for actions that declare `reads_store`; these run where blocking is allowed.
  store::Store* store = nullptr;
  hsm::PurposeSealer* markers = nullptr;
  hsm::PurposeSealer* grant_tokens = nullptr;
  const Clock* clock = nullptr;
  // What clients date by, who know nothing of a clock that was moved.
  const Clock* client_clock = nullptr;
  const hsm::AttestationVerifier* attestation = nullptr;
  RandomSource* random = nullptr;
  const policy::PrincipalDirectory* principals = nullptr;
  const iam::Registry* iam = nullptr;
  const iam::SessionTokens* sessions = nullptr;
  Limits limits;
};

struct Context {
  const iam::Caller& caller;
  // The caller's account in the Region of the endpoint that was called: where keys are made and listed.
  Scope scope;
  Services& services;
  // What conditions see of the request and its first target. Null before the caller was authorized.
  const policy::Context* conditions = nullptr;
  // In the order of the action's targets; targets that are not keys are left out.
  std::vector<AuthorizedKey> keys = {};
  // Likewise for aliases; null for a kNewAlias that does not exist.
  std::vector<std::shared_ptr<const AliasSnapshot>> aliases = {};
  // Of actions of IAM and STS: what is known, the same from the decision to the commit. Null for the others.
  std::shared_ptr<const iam::Snapshot> iam = nullptr;
  // Of the actions of STS that ask a role's trust policy: is told what it says. Null for the others.
  iam::TrustListener* trust_listener = nullptr;

  // The only key, or the first.
  const AuthorizedKey& key() const { return keys.front(); }
};

}  // namespace claviger::api
