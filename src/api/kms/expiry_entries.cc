#include "api/kms/expiry_entries.h"

#include <set>

#include "keys/due_layout.h"
#include "keys/import_rules.h"

namespace claviger::api::kms {

void append_expiry_entries(const keys::KeyRecord& old, const keys::KeyRecord& updated,
                           std::vector<store::Mutation>& mutations) {
  const std::set<WallTime> before = keys::expiry_dates(old), after = keys::expiry_dates(updated);
  for (const WallTime date : before) {
    if (!after.contains(date)) mutations.push_back(store::Delete{keys::layout::expiry_due(date, old.scope, old.id)});
  }
  for (const WallTime date : after) {
    if (!before.contains(date)) mutations.push_back(store::Put{keys::layout::expiry_due(date, old.scope, old.id), {}});
  }
}

}  // namespace claviger::api::kms
