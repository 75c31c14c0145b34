#include "crypto/key_wrap.h"

#include "crypto/openssl_keys.h"
#include "crypto/secret_gate.h"

namespace claviger::crypto {

std::optional<SecretBytes> unwrap_with_padding(const SecretBytes& key, ByteSpan wrapped) {
  // One block of RFC 5649 and what is wrapped, in units of 64 bits.
  if (key.size() != kWrappingKeyBytes || wrapped.size() < 16 || wrapped.size() % 8 != 0 ||
      wrapped.size() > kMaxWrappedBytes) {
    return std::nullopt;
  }
  const CipherHandle cipher(EVP_CIPHER_fetch(nullptr, "AES-256-WRAP-PAD", nullptr));
  const CipherContextHandle context(EVP_CIPHER_CTX_new());
  CLAVIGER_CHECK(cipher && context);
  EVP_CIPHER_CTX_set_flags(context.get(), EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
  CLAVIGER_CHECK(
      EVP_DecryptInit_ex2(context.get(), cipher.get(), key.expose(SecretGate::access()).data(), nullptr, nullptr) == 1);
  SecretBytes out(wrapped.size());
  int size = 0;
  const bool unwrapped = EVP_DecryptUpdate(context.get(), out.writable().data(), &size, wrapped.data(),
                                           static_cast<int>(wrapped.size())) == 1 &&
                         size > 0;
  if (!told(unwrapped)) return std::nullopt;
  out.resize(static_cast<std::size_t>(size));
  return out;
}

}  // namespace claviger::crypto
