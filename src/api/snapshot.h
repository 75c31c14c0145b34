// What the server knows of a key, an alias or a grant at one moment: immutable, shared between requests and threads.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/identifiers.h"
#include "hsm/public_key.h"
#include "hsm/session.h"
#include "keys/grant.h"
#include "keys/layout.h"
#include "keys/record.h"
#include "policy/document.h"
#include "store/store.h"

namespace claviger::api {

struct KeySnapshot {
  keys::KeyRecord record;
  store::Revision revision = 0;  // of the stored record; the precondition of every change to it
  std::string arn;
  std::shared_ptr<const policy::Document> policy;
  // The quota of aliases of a key: beyond it no condition on kms:ResourceAliases can be satisfied.
  static constexpr std::size_t kMaxAliases = 50;
  // The names of its aliases, `alias/...`, sorted; at most one more than kMaxAliases.
  std::vector<std::string> aliases;

  // Of asymmetric specs that have material, and of no others.
  std::optional<hsm::PublicKey> public_key = std::nullopt;

  // What binds the key's tokens to this record. Borrows from the snapshot's static names only.
  hsm::KeyBinding binding() const {
    return {record.scope, record.id, keys::name_of(record.spec), keys::name_of(record.origin)};
  }
};

struct AliasSnapshot {
  AliasName name;
  Scope scope;
  keys::AliasRecord record;
  store::Revision revision = 0;
};

// A grant as it was read from the place that `revision` is of.
struct GrantSnapshot {
  keys::layout::GrantPlace place;
  keys::GrantRecord record;
  store::Revision revision = 0;
};

// All grants of one grantee on one key, those without a constraint first; there may be none.
struct GranteeSnapshot {
  std::vector<GrantSnapshot> grants;
};

}  // namespace claviger::api
