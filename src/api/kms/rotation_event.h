// What CloudTrail's service event RotateKey tells of a rotation, whatever it was made by.
#pragma once

#include <string>
#include <string_view>

#include "keys/record.h"

namespace claviger::api::kms {

inline constexpr std::string_view kRotateKey = "RotateKey";

// serviceEventDetails, as JSON text, of a key that has just been rotated.
std::string rotation_details(const keys::KeyRecord& rotated);

}  // namespace claviger::api::kms
