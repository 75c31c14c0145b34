#include "crypto/hmac.h"

#include <string>

#include "base/check.h"
#include "crypto/openssl_handles.h"
#include "crypto/secret_gate.h"

namespace claviger::crypto {
namespace {

const char* openssl_name(HashAlgorithm algorithm) {
  switch (algorithm) {
    case HashAlgorithm::kSha224:
      return "SHA224";
    case HashAlgorithm::kSha256:
      return "SHA256";
    case HashAlgorithm::kSha384:
      return "SHA384";
    case HashAlgorithm::kSha512:
      return "SHA512";
  }
  check_failed("a known hash algorithm", __FILE__, __LINE__);
}

}  // namespace

std::size_t digest_size(HashAlgorithm algorithm) {
  switch (algorithm) {
    case HashAlgorithm::kSha224:
      return 28;
    case HashAlgorithm::kSha256:
      return 32;
    case HashAlgorithm::kSha384:
      return 48;
    case HashAlgorithm::kSha512:
      return 64;
  }
  check_failed("a known hash algorithm", __FILE__, __LINE__);
}

struct Hmac::Impl {
  HashAlgorithm algorithm;
  MacHandle mac{EVP_MAC_fetch(nullptr, "HMAC", nullptr)};
  MacContextHandle context{mac ? EVP_MAC_CTX_new(mac.get()) : nullptr};

  explicit Impl(HashAlgorithm chosen) : algorithm(chosen) {
    CLAVIGER_CHECK(context);
    std::string name = openssl_name(chosen);
    const OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name.data(), 0),
                                 OSSL_PARAM_construct_end()};
    CLAVIGER_CHECK(EVP_MAC_CTX_set_params(context.get(), params) == 1);
  }
  void set_key(ByteSpan key) { CLAVIGER_CHECK(EVP_MAC_init(context.get(), pointer_to(key), key.size(), nullptr) == 1); }
};

Hmac::Hmac(HashAlgorithm algorithm) : impl_(std::make_unique<Impl>(algorithm)) {}
Hmac::~Hmac() = default;
Hmac::Hmac(Hmac&&) noexcept = default;
Hmac& Hmac::operator=(Hmac&&) noexcept = default;

Bytes Hmac::mac(const SecretBytes& key, ByteSpan message) { return mac(key.expose(SecretGate::access()), message); }

Bytes Hmac::mac(ByteSpan key, ByteSpan message) {
  impl_->set_key(key);
  EVP_MAC_CTX* context = impl_->context.get();
  CLAVIGER_CHECK(EVP_MAC_update(context, message.data(), message.size()) == 1);
  Bytes out(digest_size(impl_->algorithm));
  std::size_t size = 0;
  CLAVIGER_CHECK(EVP_MAC_final(context, out.data(), &size, out.size()) == 1 && size == out.size());
  impl_->set_key({});
  return out;
}

bool Hmac::verify(const SecretBytes& key, ByteSpan message, ByteSpan code) {
  return constant_time_equal(mac(key, message), code);
}

}  // namespace claviger::crypto
