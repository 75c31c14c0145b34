// For tests only: nothing outside *_test.cc and tests/ includes this.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>

#include "base/encoding.h"
#include "base/secret.h"

namespace claviger {

class TestSecretAccess final {
 public:
  static SecretAccess make() { return SecretAccess(); }
};

inline ByteSpan insecure_expose(const SecretBytes& secret) { return secret.expose(TestSecretAccess::make()); }
inline Bytes exposed(const SecretBytes& secret) { return to_bytes(insecure_expose(secret)); }

inline bool all_zero(ByteSpan bytes) {
  return std::ranges::all_of(bytes, [](std::uint8_t byte) { return byte == 0; });
}

// Of a literal.
inline Bytes from_hex(std::string_view hex) { return hex_decode(hex).value(); }

}  // namespace claviger
