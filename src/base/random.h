// Randomness is injected. crypto/random.h has the one for production; tests may use a counting one.
#pragma once

#include "base/bytes.h"

namespace claviger {

// A source of bytes for keys, nonces and identifiers. Implementations say whether they are
// thread-safe.
class RandomSource {
 public:
  virtual ~RandomSource() = default;
  // Fills `out` wholly. A source that cannot is a broken invariant and ends the process: nothing
  // that asks for randomness may go on without it.
  virtual void fill(MutableByteSpan out) = 0;
};

}  // namespace claviger
