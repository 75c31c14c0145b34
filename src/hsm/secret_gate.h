// The right of this room to read secrets. Included by hsm/*.cc only.
#pragma once

#include "base/secret.h"

namespace claviger::hsm {

struct SecretGate {
  static SecretAccess access() { return SecretAccess(); }
};

}  // namespace claviger::hsm
