#include "crypto/oaep.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>

#include "base/check.h"
#include "crypto/oaep_stand_in.h"
#include "crypto/openssl_keys.h"
#include "crypto/openssl_oaep.h"
#include "crypto/secret_gate.h"

namespace claviger::crypto {
namespace {

// The ciphertext, or zeros, which never open, in place of a number that is not below the modulus: OpenSSL refuses such
// a number at once, and so its refusal would be told from all others by the time.
Bytes below_modulus(const PrivateKey& key, ByteSpan ciphertext) {
  BIGNUM* number = nullptr;
  CLAVIGER_CHECK(EVP_PKEY_get_bn_param(KeyAccess::key(key), OSSL_PKEY_PARAM_RSA_N, &number) == 1);
  const BignumHandle modulus(number);
  const BignumHandle given(BN_bin2bn(ciphertext.data(), static_cast<int>(ciphertext.size()), nullptr));
  CLAVIGER_CHECK(given);
  return BN_ucmp(given.get(), modulus.get()) < 0 ? to_bytes(ciphertext) : Bytes(ciphertext.size());
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
  set_oaep_padding(context.get(), hash);
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
  set_oaep_padding(context.get(), hash);
  const Bytes input = below_modulus(key, ciphertext);
  SecretBytes out(modulus);
  std::size_t size = modulus;
  const bool opened = EVP_PKEY_decrypt(context.get(), out.writable().data(), &size, input.data(), input.size()) == 1;
  // After a success, too: OpenSSL has listed an error all the same, and only marked it as none.
  ERR_clear_error();
  if (!opened) return std::nullopt;
  out.resize(size);
  return out;
}

SecretBytes oaep_decrypt_or(const PrivateKey& key, OaepHash hash, ByteSpan ciphertext, const SecretBytes& stand_in) {
  const std::size_t modulus = oaep_ciphertext_bytes(key.kind());
  const ByteSpan other = stand_in.expose(SecretGate::access());
  CLAVIGER_CHECK(ciphertext.size() == modulus && other.size() <= max_oaep_plaintext(key.kind(), hash));
  const PkeyContextHandle context = context_of(KeyAccess::key(key));
  CLAVIGER_CHECK(EVP_PKEY_decrypt_init(context.get()) == 1);
  set_oaep_padding(context.get(), hash);
  const Bytes input = below_modulus(key, ciphertext);
  SecretBytes out(modulus);
  std::size_t size = modulus;
  const int outcome = EVP_PKEY_decrypt(context.get(), out.writable().data(), &size, input.data(), input.size());
  ERR_clear_error();  // whether there is one
  // From here on without a branch on the outcome. The mask is all ones when there is a difference, which is below 2^63.
  std::uint64_t difference = (static_cast<std::uint32_t>(outcome) ^ 1U) | (size ^ other.size());
  __asm__("" : "+r"(difference));  // or the compiler may branch after all
  const auto mask = static_cast<std::uint8_t>(0 - ((0 - difference) >> 63));
  const MutableByteSpan chosen = out.writable().first(other.size());
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    chosen[i] = static_cast<std::uint8_t>((chosen[i] & ~mask) | (other[i] & mask));
  }
  out.resize(other.size());
  return out;
}

}  // namespace claviger::crypto
