#include "crypto/digest.h"

#include "base/check.h"
#include "crypto/openssl_handles.h"
#include "crypto/secret_gate.h"

namespace claviger::crypto {

// None of these calls can fail for a reason in the input: a failure is a broken installation.

struct Sha256::Impl {
  MdHandle md{EVP_MD_fetch(nullptr, "SHA256", nullptr)};
  MdContextHandle context{EVP_MD_CTX_new()};

  Impl() {
    CLAVIGER_CHECK(md && context);
    CLAVIGER_CHECK(EVP_DigestInit_ex2(context.get(), md.get(), nullptr) == 1);
  }
};

Sha256::Sha256() : impl_(std::make_unique<Impl>()) {}
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::update(ByteSpan bytes) {
  CLAVIGER_CHECK(EVP_DigestUpdate(impl_->context.get(), bytes.data(), bytes.size()) == 1);
}

Digest256 Sha256::finish() {
  Digest256 digest;
  CLAVIGER_CHECK(EVP_DigestFinal_ex(impl_->context.get(), digest.data(), nullptr) == 1);
  // Starting anew here also wipes the last block of the message.
  CLAVIGER_CHECK(EVP_DigestInit_ex2(impl_->context.get(), impl_->md.get(), nullptr) == 1);
  return digest;
}

struct HmacSha256::Impl {
  MacHandle mac{EVP_MAC_fetch(nullptr, "HMAC", nullptr)};
  MacContextHandle context{mac ? EVP_MAC_CTX_new(mac.get()) : nullptr};

  explicit Impl(ByteSpan key) {
    CLAVIGER_CHECK(context);
    char digest[] = "SHA256";
    const OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
                                 OSSL_PARAM_construct_end()};
    CLAVIGER_CHECK(EVP_MAC_CTX_set_params(context.get(), params) == 1);
    set_key(key);
  }
  void set_key(ByteSpan key) { CLAVIGER_CHECK(EVP_MAC_init(context.get(), pointer_to(key), key.size(), nullptr) == 1); }
};

HmacSha256::HmacSha256(const SecretBytes& key) : HmacSha256(key.expose(SecretGate::access())) {}
HmacSha256::HmacSha256(ByteSpan key) : impl_(std::make_unique<Impl>(key)) {}
HmacSha256::~HmacSha256() = default;
HmacSha256::HmacSha256(HmacSha256&&) noexcept = default;
HmacSha256& HmacSha256::operator=(HmacSha256&&) noexcept = default;

void HmacSha256::set_key(const SecretBytes& key) { set_key(key.expose(SecretGate::access())); }
void HmacSha256::set_key(ByteSpan key) { impl_->set_key(key); }

Digest256 HmacSha256::mac(ByteSpan message) {
  Digest256 out;
  mac_into(message, out);
  return out;
}

void HmacSha256::mac_into(ByteSpan message, std::span<std::uint8_t, 32> out) {
  EVP_MAC_CTX* context = impl_->context.get();
  CLAVIGER_CHECK(EVP_MAC_update(context, message.data(), message.size()) == 1);
  std::size_t size = 0;
  CLAVIGER_CHECK(EVP_MAC_final(context, out.data(), &size, out.size()) == 1 && size == out.size());
  // Back to the state right after the key was set; a null key means "the same".
  CLAVIGER_CHECK(EVP_MAC_init(context, nullptr, 0, nullptr) == 1);
}

SecretBytes HmacSha256::mac_secret(ByteSpan message) {
  SecretBytes out(32);
  mac_into(message, out.writable().first<32>());
  return out;
}

}  // namespace claviger::crypto
