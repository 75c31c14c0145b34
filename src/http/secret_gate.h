// Internal to http/: requests and responses carry plaintext, so this room must read and write it.
#pragma once

#include "base/secret.h"

namespace claviger::http {

struct SecretGate {
  static SecretAccess access() { return {}; }
};

}  // namespace claviger::http
