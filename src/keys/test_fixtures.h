// Values for the tests of this room.
#pragma once

#include "keys/record.h"

namespace claviger::keys {

inline Scope test_scope() { return {*AccountId::parse("111122223333"), *Region::parse("eu-west-1")}; }
inline KeyId test_key_id() { return *KeyId::parse("1234abcd-12ab-34cd-56ef-1234567890ab"); }

inline KeyRecord test_key() {
  KeyRecord key{.scope = test_scope(), .id = test_key_id()};
  key.created = from_millis(1'767'225'600'123);
  key.description = "d\xc3\xa9";
  key.tags = {{"team", "payments"}, {"empty", ""}};
  Material material;
  for (std::size_t i = 0; i < material.id.size(); ++i) material.id[i] = static_cast<std::uint8_t>(i);
  material.token = {0xaa, 0xbb};
  key.materials.push_back(std::move(material));
  return key;
}

}  // namespace claviger::keys
