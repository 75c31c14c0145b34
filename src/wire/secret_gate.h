// Internal to wire/.
#pragma once

#include "base/secret.h"

namespace claviger::wire {

// wire/ puts plaintext into replies, so it may read secrets.
struct SecretGate {
  static SecretAccess access() { return SecretAccess(); }
};

}  // namespace claviger::wire
