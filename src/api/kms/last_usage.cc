#include "api/kms/last_usage.h"

#include <algorithm>
#include <string>

namespace claviger::api::kms {

Result<keys::Usage> read_usage(store::Store& store, const keys::KeyRecord& key) {
  keys::Usage usage{.tracked_since = key.created, .last = {}};
  CLAVIGER_ASSIGN(const auto since, store.get(std::string(keys::layout::kUsesSince)));
  if (since) {
    CLAVIGER_ASSIGN(const WallTime begin, keys::decode_time(since->value));
    usage.tracked_since = std::max(begin, key.created);
  }
  CLAVIGER_ASSIGN(const auto stored, store.get(keys::layout::last_use(key.scope, key.id)));
  if (stored) {
    CLAVIGER_ASSIGN(usage.last, keys::decode_last_use(stored->value));
  }
  return usage;
}

}  // namespace claviger::api::kms
