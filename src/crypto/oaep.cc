#include "crypto/oaep.h"

#include <openssl/rsa.h>

#include "base/check.h"
#include "crypto/openssl_keys.h"
#include "crypto/secret_gate.h"

namespace claviger::crypto {
namespace {

const EVP_MD* digest_of(OaepHash hash) { return hash == OaepHash::kSha1 ? EVP_sha1() : EVP_sha256(); }

void set_padding(EVP_PKEY_CTX* context, OaepHash hash) {
  CLAVIGER_CHECK(EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_OAEP_PADDING) == 1 &&
                 EVP_PKEY_CTX_set_rsa_oaep_md(context, digest_of(hash)) == 1 &&
                 EVP_PKEY_CTX_set_rsa_mgf1_md(context, digest_of(hash)) == 1);
}

}  // namespace

std::size_t oaep_ciphertext_bytes(KeyKind kind) {
  CLAVIGER_CHECK(is_rsa(kind));
  return kind == KeyKind::kRsa2048 ? 256 : kind == KeyKind::kRsa3072 ? 384 : 512;
}

std::size_t max_oaep_plaintext(KeyKind kind, OaepHash hash) {
  const std::size_t digest = hash == OaepHash::kSha1 ? 20 : 32;
  return oaep_ciphertext_bytes(kind) - 2 * digest - 2;
}

Bytes oaep_encrypt(const PublicKey& key, OaepHash hash, const SecretBytes& plaintext) {
  const ByteSpan input = plaintext.expose(SecretGate::access());
  CLAVIGER_CHECK(input.size() <= max_oaep_plaintext(key.kind(), hash));
  const PkeyContextHandle context = context_of(KeyAccess::key(key));
  CLAVIGER_CHECK(EVP_PKEY_encrypt_init(context.get()) == 1);
  set_padding(context.get(), hash);
  Bytes out(oaep_ciphertext_bytes(key.kind()));
  std::size_t size = out.size();
  CLAVIGER_CHECK(EVP_PKEY_encrypt(context.get(), out.data(), &size, pointer_to(input), input.size()) == 1 &&
                 size == out.size());
  return out;
}

std::optional<SecretBytes> oaep_decrypt(const PrivateKey& key, OaepHash hash, ByteSpan ciphertext) {
  const std::size_t modulus = oaep_ciphertext_bytes(key.kind());
  if (ciphertext.size() != modulus) return std::nullopt;
  const PkeyContextHandle context = context_of(KeyAccess::key(key));
  CLAVIGER_CHECK(EVP_PKEY_decrypt_init(context.get()) == 1);
  set_padding(context.get(), hash);
  SecretBytes out(modulus);
  std::size_t size = modulus;
  if (!told(EVP_PKEY_decrypt(context.get(), out.writable().data(), &size, ciphertext.data(), ciphertext.size()) == 1)) {
    return std::nullopt;
  }
  out.resize(size);
  return out;
}

}  // namespace claviger::crypto
