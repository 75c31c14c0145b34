// Values for the tests of this room.
#pragma once

#include <string>

#include "keys/record.h"

namespace claviger::keys {

inline Scope test_scope() { return {*AccountId::parse("111122223333"), *Region::parse("eu-west-1")}; }
inline KeyId test_key_id() { return *KeyId::parse("1234abcd-12ab-34cd-56ef-1234567890ab"); }

inline KeyId test_multi_region_key_id() { return *KeyId::parse("mrk-1234abcd12ab34cd56ef1234567890ab"); }
// test_key().arn().
inline const std::string kTestKeyArn = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
inline const WallTime kNow = from_millis(1'800'000'000'000);

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

inline KeyRecord test_imported_key() {
  KeyRecord key = test_key();
  key.origin = KeyOrigin::kExternal;
  return key;
}

}  // namespace claviger::keys
