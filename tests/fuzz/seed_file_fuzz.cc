// Seed files: whatever they hold, they are read within bounds or refused with a place.
#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "cli/seed.h"

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace claviger;  // NOLINT(google-build-using-namespace)
  const Scope scope{*AccountId::parse("111122223333"), *Region::parse("us-east-1")};
  const auto seed = cli::parse_seed("f", as_text({data, size}), {.local_kms = scope, .development = true});
  if (!seed) {
    CLAVIGER_CHECK(seed.error().code() == ErrorCode::kValidation);
    CLAVIGER_CHECK(seed.error().detail().starts_with("f:"));
    return 0;
  }
  CLAVIGER_CHECK(seed->keys.size() <= cli::kMaxSeedKeys);
  CLAVIGER_CHECK(seed->entities.size() <= cli::kMaxSeedEntities);
  for (const cli::SeedKey& key : seed->keys) {
    CLAVIGER_CHECK(key.material.size() <= cli::kMaxSeedMaterials);
    for (const SecretBytes& material : key.material) CLAVIGER_CHECK(material.size() == cli::kSeedMaterialBytes);
  }
  return 0;
}
