// What a request acts on, once it was found.
#pragma once

#include <memory>
#include <string>

#include "api/snapshot.h"
#include "api/target.h"
#include "keys/managed_keys.h"

namespace claviger::server {

// A target and what it turned out to be: a key, an alias, or (of a kNewAlias) nothing.
struct Resolved {
  api::Target target;
  std::shared_ptr<const api::KeySnapshot> key;
  std::shared_ptr<const api::AliasSnapshot> alias;
  // Of an alias target: the name, whether or not it exists.
  std::string alias_arn;
  // The grant that gave the permission on the key, if one did; of RetireGrant the one that is to go.
  std::shared_ptr<const api::GrantSnapshot> grant = nullptr;
  // Of a key that is not there yet, and that this first use of its alias makes: whose it will be. Else null.
  const keys::ManagedKeyService* unmade = nullptr;
};

}  // namespace claviger::server
