// For tests only: nothing outside *_test.cc and tests/ includes this.
#pragma once

#include "base/secret.h"

namespace claviger {

class TestSecretAccess final {
 public:
  static SecretAccess make() { return SecretAccess(); }
};

inline ByteSpan insecure_expose(const SecretBytes& secret) { return secret.expose(TestSecretAccess::make()); }

}  // namespace claviger
