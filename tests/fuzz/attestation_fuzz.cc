// Attestation documents: parsed and, when they parse, verified at the time that they say.
#include <string>

#include "base/check.h"
#include "hsm/attestation.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace claviger;
  // The root of the seeds.
  static const auto kVerifier = hsm::AttestationVerifier::from_pem(
#include "attestation_root.inc"
  );
  CLAVIGER_CHECK(kVerifier.has_value());
  const auto parsed = hsm::parse_attestation({data, size});
  if (!parsed) return 0;
  CLAVIGER_CHECK(!parsed->module_id.empty() && !parsed->registers.empty() && !parsed->public_key.empty());
  for (const hsm::Attestation::Register& one : parsed->registers) {
    CLAVIGER_CHECK(parsed->register_value(one.index) == one.value);
  }
  static_cast<void>(kVerifier->verify(*parsed, parsed->timestamp));
  return 0;
}
