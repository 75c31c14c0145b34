#include "api/kms/material_id.h"

#include <algorithm>

#include "base/check.h"
#include "base/encoding.h"

namespace claviger::api::kms {

constinit const wire::Pattern kMaterialIdPattern{
    "^[a-f0-9]+$", [](std::string_view text) {
      return std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
    }};

keys::MaterialId parse_material_id(std::string_view text) {
  const auto bytes = hex_decode(text);
  keys::MaterialId id{};
  CLAVIGER_CHECK(bytes && bytes->size() == id.size());
  std::ranges::copy(*bytes, id.begin());
  return id;
}

}  // namespace claviger::api::kms
