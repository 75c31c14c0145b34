#include "crypto/ecdsa_pair.h"

#include <array>

#include "base/check.h"
#include "crypto/openssl_handles.h"

namespace claviger::crypto {
namespace {

BIGNUM* number_in(ByteSpan bytes) {
  BIGNUM* number = BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr);
  CLAVIGER_CHECK(number != nullptr);
  return number;
}

}  // namespace

bool verify_hashed(EVP_PKEY* key, const char* digest, ByteSpan message, ByteSpan signature) {
  const MdContextHandle context(EVP_MD_CTX_new());
  CLAVIGER_CHECK(context);
  return EVP_DigestVerifyInit_ex(context.get(), nullptr, digest, nullptr, nullptr, key, nullptr) == 1 &&
         EVP_DigestVerify(context.get(), pointer_to(signature), signature.size(), pointer_to(message),
                          message.size()) == 1;
}

bool verify_ecdsa_pair(EVP_PKEY* key, const char* digest, ByteSpan message, ByteSpan pair) {
  CLAVIGER_CHECK(pair.size() <= kMaxEcdsaPairBytes && pair.size() % 2 == 0);
  const std::size_t half = pair.size() / 2;
  const EcdsaSigHandle numbers(ECDSA_SIG_new());
  CLAVIGER_CHECK(numbers &&
                 ECDSA_SIG_set0(numbers.get(), number_in(pair.first(half)), number_in(pair.last(half))) == 1);
  std::array<std::uint8_t, kMaxEcdsaPairBytes + 16> der{};
  std::uint8_t* end = der.data();
  const int size = i2d_ECDSA_SIG(numbers.get(), nullptr);
  CLAVIGER_CHECK(size > 0 && static_cast<std::size_t>(size) <= der.size() &&
                 i2d_ECDSA_SIG(numbers.get(), &end) == size);
  return verify_hashed(key, digest, message, ByteSpan(der).first(static_cast<std::size_t>(size)));
}

}  // namespace claviger::crypto
