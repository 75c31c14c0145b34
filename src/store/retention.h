// How far back a store's feed reaches. Shared by every implementation.
#pragma once

#include <cstdint>

namespace claviger::store {

struct Retention {
  // A deletion stays in the feed for this many commits; then changes_after() with an older revision
  // answers kNotFound. At least 1.
  std::uint64_t deletions_kept_commits = 100'000;
};

}  // namespace claviger::store
