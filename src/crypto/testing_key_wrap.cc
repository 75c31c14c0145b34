#include "crypto/testing_key_wrap.h"

#include "base/check.h"
#include "crypto/openssl_handles.h"
#include "crypto/secret_gate.h"

namespace claviger::crypto {

Bytes wrap_with_padding(const SecretBytes& key, const SecretBytes& plaintext) {
  const ByteSpan input = plaintext.expose(SecretGate::access());
  const CipherHandle cipher(EVP_CIPHER_fetch(nullptr, "AES-256-WRAP-PAD", nullptr));
  const CipherContextHandle context(EVP_CIPHER_CTX_new());
  CLAVIGER_CHECK(cipher && context && key.size() == 32);
  EVP_CIPHER_CTX_set_flags(context.get(), EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
  Bytes out(input.size() + 16);
  int size = 0;
  CLAVIGER_CHECK(
      EVP_EncryptInit_ex2(context.get(), cipher.get(), key.expose(SecretGate::access()).data(), nullptr, nullptr) ==
          1 &&
      EVP_EncryptUpdate(context.get(), out.data(), &size, input.data(), static_cast<int>(input.size())) == 1);
  out.resize(static_cast<std::size_t>(size));
  return out;
}

}  // namespace claviger::crypto
