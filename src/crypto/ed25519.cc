#include "crypto/ed25519.h"

#include <openssl/err.h>

#include "base/check.h"
#include "crypto/openssl_handles.h"

namespace claviger::crypto {
namespace {

PkeyHandle private_key(Ed25519Seed seed) {
  PkeyHandle key(EVP_PKEY_new_raw_private_key_ex(nullptr, "ED25519", nullptr, seed.data(), seed.size()));
  CLAVIGER_CHECK(key);
  return key;
}

}  // namespace

Ed25519PublicKey ed25519_public_key(Ed25519Seed seed) {
  const PkeyHandle key = private_key(seed);
  Ed25519PublicKey out{};
  std::size_t size = out.size();
  CLAVIGER_CHECK(EVP_PKEY_get_raw_public_key(key.get(), out.data(), &size) == 1 && size == out.size());
  return out;
}

Ed25519Signature ed25519_sign(Ed25519Seed seed, ByteSpan message) {
  const PkeyHandle key = private_key(seed);
  const MdContextHandle context(EVP_MD_CTX_new());
  CLAVIGER_CHECK(context);
  CLAVIGER_CHECK(EVP_DigestSignInit_ex(context.get(), nullptr, nullptr, nullptr, nullptr, key.get(), nullptr) == 1);
  Ed25519Signature out{};
  std::size_t size = out.size();
  CLAVIGER_CHECK(EVP_DigestSign(context.get(), out.data(), &size, pointer_to(message), message.size()) == 1 &&
                 size == out.size());
  return out;
}

bool ed25519_verify(ByteSpan public_key, ByteSpan message, ByteSpan signature) {
  const PkeyHandle key(
      EVP_PKEY_new_raw_public_key_ex(nullptr, "ED25519", nullptr, pointer_to(public_key), public_key.size()));
  const MdContextHandle context(EVP_MD_CTX_new());
  CLAVIGER_CHECK(context);
  const bool valid =
      key && EVP_DigestVerifyInit_ex(context.get(), nullptr, nullptr, nullptr, nullptr, key.get(), nullptr) == 1 &&
      EVP_DigestVerify(context.get(), pointer_to(signature), signature.size(), pointer_to(message), message.size()) ==
          1;
  // A refusal is no fault: it must not be found in the thread's error queue by the next caller.
  if (!valid) ERR_clear_error();
  return valid;
}

}  // namespace claviger::crypto
