// The entries by which imported key material is found when its date has come.
#pragma once

#include <vector>

#include "keys/record.h"
#include "store/store.h"

namespace claviger::api::kms {

// Brings the entries of layout::expiry_due() in line with a key that is `old` now and will be `updated`; for the commit
// that makes it so. replace_record() does it.
void append_expiry_entries(const keys::KeyRecord& old, const keys::KeyRecord& updated,
                           std::vector<store::Mutation>& mutations);

}  // namespace claviger::api::kms
