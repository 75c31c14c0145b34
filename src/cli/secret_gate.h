// Lets the command line print the one secret it must: a new root access key, once.
#pragma once

#include "base/secret.h"

namespace claviger::cli {

struct SecretGate {
  static SecretAccess access() { return {}; }
};

}  // namespace claviger::cli
