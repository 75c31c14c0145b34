// The right of this room to read secrets. Included by crypto/*.cc only.
#pragma once

#include "base/secret.h"

namespace claviger::crypto {

struct SecretGate {
  static SecretAccess access() { return SecretAccess(); }
};

}  // namespace claviger::crypto
