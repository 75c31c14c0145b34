// Ciphertexts of SM2 from outside: nothing reads out of bounds, what opens is as long as its outline says, and whatever
// has an outline is one element of DER that ends with the masked plaintext.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "base/encoding.h"
#include "crypto/asymmetric_key.h"
#include "crypto/ber.h"
#include "crypto/sm2.h"

namespace {

// The key of the example of GB/T 32918.5, for which the seeds were encrypted.
constexpr std::string_view kKey =
    "3041020100301306072a8648ce3d020106082a811ccf5501822d042730250201010420"
    "3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8";

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace claviger;
  static const crypto::PrivateKey key =
      crypto::PrivateKey::parse(crypto::KeyKind::kSm2, SecretBytes::copy_of(hex_decode(kKey).value())).value();
  const ByteSpan input(data, size);
  const auto length = crypto::sm2_plaintext_bytes(input);
  CLAVIGER_CHECK(!length || (*length > 0 && *length < size && crypto::is_one_ber_element(input)));
  const auto plaintext = crypto::sm2_decrypt(key, input);
  CLAVIGER_CHECK(!plaintext || plaintext->size() == length);
  return 0;
}
