// Import tokens from outside: none opens that was not sealed for its key; and the content of one, as only the server
// could have sealed it: whatever is read is written again as it was.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/check.h"
#include "base/testing.h"
#include "crypto/random.h"
#include "hsm/import_token.h"
#include "hsm/keyring.h"
#include "hsm/material_import.h"

namespace {

using namespace claviger;  // a program of one file

struct World {
  crypto::SystemRandom random;
  hsm::Keyring keyring = hsm::Keyring::create_in_memory(random);
  hsm::MaterialImport import{keyring, random};
  const hsm::KeyBinding binding{{AccountId::parse("123456789012").value(), Region::parse("eu-central-1").value()},
                                KeyId::parse("01234567-89ab-4cde-8f01-23456789abcd").value(),
                                "SYMMETRIC_DEFAULT",
                                "EXTERNAL"};
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static World world;
  const ByteSpan input(data, size);
  if (size <= 6144) {
    const auto imported = world.import.import(world.binding, input, input, from_millis(0));
    CLAVIGER_CHECK(!imported && imported.error().code() == ErrorCode::kInvalidImportToken);
  }
  const auto token = hsm::decode_import_token(SecretBytes::copy_of(input));
  if (!token) return 0;
  const SecretBytes again = hsm::encode(*token);
  CLAVIGER_CHECK(std::ranges::equal(insecure_expose(again), input));
  return 0;
}
