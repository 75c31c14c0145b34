// AWS managed keys (Developer Guide, "AWS managed keys"): which services have one, and what such a key is. Pure: when
// one is made, and its material, is decided elsewhere (server/managed_key_maker.h).
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/identifiers.h"
#include "keys/record.h"

namespace claviger::keys {

// A service with an AWS managed key of its own in every account and Region. All texts are of static lifetime.
struct ManagedKeyService {
  std::string_view name;      // what its alias says behind `alias/aws/`
  std::string_view endpoint;  // what kms:ViaService begins with when the service calls for somebody
  std::string_view title;     // as people write it
  std::string_view protects;  // what the key is for, as its description says
  bool grants = false;        // the service uses the key by grants of its callers
};

// All of them, sorted by name: the predefined aliases.
std::span<const ManagedKeyService> managed_key_services();
// The service whose predefined alias this is; nullptr for every other name.
const ManagedKeyService* managed_key_service(const AliasName& alias);
AliasName predefined_alias(const ManagedKeyService& service);

// `<endpoint>.<region>.amazonaws.com`, the value of kms:ViaService.
std::string via_service(std::string_view endpoint, const Region& region);

// The key policy, which nobody can change: all principals of the account use the key, by way of the service only, and
// the account may read what it is, as identity policies allow it.
std::string managed_key_policy(const ManagedKeyService& service, const Scope& scope);

// The key as it is made at `now`, but for its material: symmetric, enabled, rotated every year from now on.
KeyRecord new_managed_key(const ManagedKeyService& service, const Scope& scope, const KeyId& id, WallTime now);

}  // namespace claviger::keys
