// What replication messages hold, behind their seal, and the messages themselves, as another deployment could send
// them. The first byte says which parser; what one accepts is written down as the same bytes again.
#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "crypto/random.h"
#include "hsm/keyring.h"
#include "hsm/replication_sealer.h"
#include "keys/replication_layout.h"
#include "keys/replication_message.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace claviger;
  if (size == 0) return 0;
  const ByteSpan input(data + 1, size - 1);
  static crypto::SystemRandom random;
  static const hsm::Keyring keyring = hsm::Keyring::create_in_memory(random);
  static hsm::ReplicationSealer sealer(keyring, random);
  switch (data[0] % 4) {
    case 0:
      if (const auto state = keys::decode_shared_state(input)) {
        CLAVIGER_CHECK(keys::encode(*state) == to_bytes(input));
      }
      break;
    case 1:
      if (const auto report = keys::decode_replica_report(input)) {
        CLAVIGER_CHECK(keys::encode(*report) == to_bytes(input));
      }
      break;
    case 2:
      if (const auto route = keys::layout::parse_replication(as_text(input))) {
        CLAVIGER_CHECK(keys::layout::replication(*route) == as_text(input));
      }
      break;
    default:
      CLAVIGER_CHECK(!sealer.open(input).has_value());
  }
  return 0;
}
