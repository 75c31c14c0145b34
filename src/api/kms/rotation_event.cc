#include "api/kms/rotation_event.h"

#include "base/encoding.h"
#include "base/json.h"

namespace claviger::api::kms {

std::string rotation_details(const keys::KeyRecord& rotated) {
  std::string details;
  json::Writer<std::string> writer(details);
  writer.begin_object();
  const auto member = [&writer](std::string_view name, std::string_view value) {
    writer.name(name);
    writer.string(value);
  };
  // The new material of a multi-Region key waits until its replicas have it.
  const bool waits = rotated.pending_material.has_value();
  const keys::Material& next = waits ? rotated.pending_material->material : rotated.current_material();
  const keys::Material& previous = waits ? rotated.current_material() : rotated.materials.end()[-2];
  member("rotationType", keys::name_of(next.rotation->type));
  member("keyOrigin", keys::name_of(rotated.origin));
  member("previousKeyMaterialId", hex_encode(previous.id));
  member("currentKeyMaterialId", hex_encode(next.id));
  member("keyId", rotated.id.view());
  writer.end_object();
  return details;
}

}  // namespace claviger::api::kms
