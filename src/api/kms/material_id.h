// Ids of key material in requests and replies: 64 hexadecimal digits.
#pragma once

#include <optional>
#include <string>

#include "api/kms/common.h"
#include "keys/import_rules.h"

namespace claviger::api::kms {

inline constexpr auto kMaterialIdLength = wire::length(64, 64);
// ^[a-f0-9]+$
extern const wire::Pattern kMaterialIdPattern;

// Of a text that satisfies both.
keys::MaterialId parse_material_id(std::string_view text);

}  // namespace claviger::api::kms
