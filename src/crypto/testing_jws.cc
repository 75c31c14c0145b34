#include "crypto/testing_jws.h"

#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/rsa.h>

#include <utility>

#include "base/check.h"
#include "crypto/openssl_handles.h"

namespace claviger::crypto {
namespace {

Bytes number(EVP_PKEY* key, const char* name, std::size_t size) {
  BIGNUM* value = nullptr;
  CLAVIGER_CHECK(EVP_PKEY_get_bn_param(key, name, &value) == 1);
  Bytes bytes(size == 0 ? static_cast<std::size_t>(BN_num_bytes(value)) : size);
  CLAVIGER_CHECK(BN_bn2binpad(value, bytes.data(), static_cast<int>(bytes.size())) >= 0);
  BN_free(value);
  return bytes;
}

}  // namespace

struct TestTokenKey::Impl {
  PkeyHandle key;
  bool is_rsa = false;
  Bytes first, second;
};

TestTokenKey::TestTokenKey(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
TestTokenKey::~TestTokenKey() = default;
TestTokenKey::TestTokenKey(TestTokenKey&&) noexcept = default;
const Bytes& TestTokenKey::first() const { return impl_->first; }
const Bytes& TestTokenKey::second() const { return impl_->second; }

TestTokenKey TestTokenKey::rsa() {
  auto impl = std::make_unique<Impl>();
  impl->key.reset(EVP_RSA_gen(2048));
  impl->is_rsa = true;
  impl->first = number(impl->key.get(), OSSL_PKEY_PARAM_RSA_N, 0);
  impl->second = number(impl->key.get(), OSSL_PKEY_PARAM_RSA_E, 0);
  return TestTokenKey(std::move(impl));
}

TestTokenKey TestTokenKey::p256() {
  auto impl = std::make_unique<Impl>();
  impl->key.reset(EVP_EC_gen("P-256"));
  impl->first = number(impl->key.get(), OSSL_PKEY_PARAM_EC_PUB_X, 32);
  impl->second = number(impl->key.get(), OSSL_PKEY_PARAM_EC_PUB_Y, 32);
  return TestTokenKey(std::move(impl));
}

Bytes TestTokenKey::sign(ByteSpan message) const {
  const MdContextHandle context(EVP_MD_CTX_new());
  CLAVIGER_CHECK(EVP_DigestSignInit_ex(context.get(), nullptr, "SHA256", nullptr, nullptr, impl_->key.get(), nullptr) ==
                 1);
  Bytes signature(1024);
  std::size_t size = signature.size();
  CLAVIGER_CHECK(EVP_DigestSign(context.get(), signature.data(), &size, pointer_to(message), message.size()) == 1);
  signature.resize(size);
  if (impl_->is_rsa) return signature;
  const std::uint8_t* der = signature.data();
  ECDSA_SIG* pair = d2i_ECDSA_SIG(nullptr, &der, static_cast<long>(size));
  CLAVIGER_CHECK(pair != nullptr);
  Bytes raw(64);
  CLAVIGER_CHECK(BN_bn2binpad(ECDSA_SIG_get0_r(pair), raw.data(), 32) == 32 &&
                 BN_bn2binpad(ECDSA_SIG_get0_s(pair), raw.data() + 32, 32) == 32);
  ECDSA_SIG_free(pair);
  return raw;
}

}  // namespace claviger::crypto
