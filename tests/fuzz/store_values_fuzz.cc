// The values behind the store's seal and the payload of an intent: what they decode to is written down as the same
// bytes again, so no two values mean the same; a key's older version is written in the newer one. The first byte says
// which decoder.
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/check.h"
#include "keys/grant.h"
#include "keys/last_use.h"
#include "keys/record.h"
#include "server/deployment.h"
#include "server/recorder.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace claviger;
  if (size == 0) return 0;
  const ByteSpan input(data + 1, size - 1);
  static const Scope scope{AccountId::parse("111122223333").value(), Region::parse("eu-west-1").value()};
  static const KeyId id = KeyId::parse("1234abcd-12ab-34cd-56ef-1234567890ab").value();
  switch (data[0] % 8) {
    case 0:
      if (const auto key = keys::decode_key(scope, id, input)) {
        const Bytes again = keys::encode(*key);
        CLAVIGER_CHECK(again == to_bytes(input) || (input[0] < 4 && keys::decode_key(scope, id, again) == *key));
      }
      break;
    case 1:
      if (const auto alias = keys::decode_alias(input)) CLAVIGER_CHECK(keys::encode(*alias) == to_bytes(input));
      break;
    case 2:
      if (const auto stone = keys::decode_tombstone(input)) CLAVIGER_CHECK(keys::encode(*stone) == to_bytes(input));
      break;
    case 3:
      if (const auto deployment = server::decode_deployment(input)) {
        CLAVIGER_CHECK(server::encode(*deployment) == to_bytes(input));
      }
      break;
    case 4:
      if (const auto events = server::parse_intent(as_text(input))) {
        CLAVIGER_CHECK(server::intent_payload(*events) == as_text(input));
      }
      break;
    case 5:
      if (const auto grant = keys::decode_grant(input)) CLAVIGER_CHECK(keys::encode(*grant) == to_bytes(input));
      break;
    case 6:
      if (const auto ids = keys::decode_grant_ids(input))
        CLAVIGER_CHECK(keys::encode_grant_ids(*ids) == to_bytes(input));
      break;
    default:
      if (const auto use = keys::decode_last_use(input)) CLAVIGER_CHECK(keys::encode(*use) == to_bytes(input));
  }
  return 0;
}
