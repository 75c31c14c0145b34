// Key material as somebody made it, unwrapped: nothing reads out of bounds, nothing is accepted that its key cannot
// use, and what was accepted is accepted again, as the same material, from what is kept of it. The first byte chooses
// the spec.
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "base/testing.h"
#include "crypto/asymmetric_key.h"
#include "hsm/imported_material.h"
#include "hsm/key_specs.h"

namespace {

constexpr std::array<std::string_view, 16> kSpecs = {"SYMMETRIC_DEFAULT",
                                                     "HMAC_224",
                                                     "HMAC_256",
                                                     "HMAC_384",
                                                     "HMAC_512",
                                                     "RSA_2048",
                                                     "RSA_3072",
                                                     "RSA_4096",
                                                     "ECC_NIST_P256",
                                                     "ECC_NIST_P384",
                                                     "ECC_NIST_P521",
                                                     "ECC_SECG_P256K1",
                                                     "ECC_NIST_EDWARDS25519",
                                                     "ML_DSA_44",
                                                     "SM2",
                                                     "nothing"};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace claviger;
  if (size == 0) return 0;
  const hsm::KeyBinding binding{{AccountId::parse("123456789012").value(), Region::parse("eu-central-1").value()},
                                KeyId::parse("01234567-89ab-4cde-8f01-23456789abcd").value(),
                                kSpecs[data[0] % kSpecs.size()],
                                "EXTERNAL"};
  const ByteSpan material(data + 1, size - 1);
  const auto accepted = hsm::accept_material(binding, SecretBytes::copy_of(material));
  if (!accepted) return 0;
  CLAVIGER_CHECK(!accepted->backing_key.empty());
  const auto kind = hsm::key_kind(binding.key_spec);
  CLAVIGER_CHECK(kind.has_value() == !accepted->public_key.empty());
  if (kind) {
    CLAVIGER_CHECK(crypto::PublicKey::parse(*kind, accepted->public_key).has_value());
    CLAVIGER_CHECK(crypto::PrivateKey::parse_trusted(*kind, accepted->backing_key).has_value());
  }
  const auto again = hsm::accept_material(binding, accepted->backing_key.clone());
  CLAVIGER_CHECK(again && again->id == accepted->id && again->public_key == accepted->public_key);
  return 0;
}
