#include "api/kms/data_key.h"

namespace claviger::api::kms {

Result<std::size_t> data_key_size(const std::optional<keys::DataKeySpec>& spec,
                                  const std::optional<std::int32_t>& number_of_bytes) {
  if (spec.has_value() == number_of_bytes.has_value()) {
    return fail(Error::validation("Please specify either number of bytes or key spec."));
  }
  if (number_of_bytes) return static_cast<std::size_t>(*number_of_bytes);
  return *spec == keys::DataKeySpec::kAes256 ? std::size_t{32} : std::size_t{16};
}

}  // namespace claviger::api::kms
