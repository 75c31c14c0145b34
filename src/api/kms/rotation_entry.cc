#include "api/kms/rotation_entry.h"

#include "keys/due_layout.h"
#include "keys/rotation_rules.h"

namespace claviger::api::kms {

void append_rotation_entry(const keys::KeyRecord& old, const keys::KeyRecord& updated,
                           std::vector<store::Mutation>& mutations) {
  const auto before = keys::rotation_due(old);
  const auto after = keys::rotation_due(updated);
  if (before == after) return;
  if (before) mutations.push_back(store::Delete{keys::layout::rotation_due(*before, old.scope, old.id)});
  if (after) mutations.push_back(store::Put{keys::layout::rotation_due(*after, updated.scope, updated.id), {}});
}

}  // namespace claviger::api::kms
