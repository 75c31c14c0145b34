// Internal to iam/.
#pragma once

#include "base/secret.h"

namespace claviger::iam {

// iam/ reads web identity tokens: whoever holds one can use it.
struct SecretGate {
  static SecretAccess access() { return SecretAccess(); }
};

}  // namespace claviger::iam
