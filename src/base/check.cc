#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace claviger {

void check_failed(std::string_view condition, const char* file, int line) {
  static_cast<void>(std::fprintf(stderr, "claviger: broken invariant: %.*s at %s:%d\n",
                                 static_cast<int>(condition.size()), condition.data(), file, line));
  std::abort();
}

}  // namespace claviger
