// Buffers that a connection uses again, for the .cc files of this room only.
#pragma once

#include <cstddef>

#include "base/secret.h"

namespace claviger::http {

// Memory kept for the next request or response of a connection.
inline constexpr std::size_t kKeptBytes = 16 * 1024;

inline void clear_and_shrink(SecretBytes& buffer) {
  if (buffer.capacity() > kKeptBytes) {
    buffer = SecretBytes();
  } else {
    buffer.clear();
  }
}

}  // namespace claviger::http
