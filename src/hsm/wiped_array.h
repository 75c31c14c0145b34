// A fixed-size secret on the stack.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/secret.h"

namespace claviger::hsm {

// Wiped at the end of its scope. For what is needed during one call that is not on the request path;
// long-lived secrets and those of Session lie in protected memory.
template <std::size_t N>
struct WipedArray final {
  std::array<std::uint8_t, N> bytes{};

  WipedArray() = default;
  WipedArray(const WipedArray&) = delete;
  WipedArray& operator=(const WipedArray&) = delete;
  ~WipedArray() { wipe(bytes); }
};

}  // namespace claviger::hsm
