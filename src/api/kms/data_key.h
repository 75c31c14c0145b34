// What GenerateDataKey and GenerateDataKeyWithoutPlaintext have in common.
#pragma once

#include <cstdint>
#include <optional>

#include "api/kms/common.h"

namespace claviger::api::kms {

// The size in bytes that a request asks for. kValidation unless exactly one of the two is given.
[[nodiscard]] Result<std::size_t> data_key_size(const std::optional<keys::DataKeySpec>& spec,
                                                const std::optional<std::int32_t>& number_of_bytes);

}  // namespace claviger::api::kms
