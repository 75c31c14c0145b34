// OpenSSL's objects inside PublicKey and PrivateKey, and what handling them needs; for the .cc files of this room only.
#pragma once

#include <openssl/err.h>
#include <openssl/evp.h>

#include <memory>
#include <utility>

#include "base/check.h"
#include "crypto/asymmetric_key.h"
#include "crypto/openssl_handles.h"

namespace claviger::crypto {

struct PublicKey::Impl {
  KeyKind kind;
  PkeyHandle key;
};
struct PrivateKey::Impl {
  KeyKind kind;
  PkeyHandle key;
};

struct KeyAccess {
  // OpenSSL counts references and locks inside its keys; its functions do not take pointers to const.
  static EVP_PKEY* key(const PublicKey& key) { return key.impl_->key.get(); }
  static EVP_PKEY* key(const PrivateKey& key) { return key.impl_->key.get(); }
  static PublicKey make_public(KeyKind kind, PkeyHandle key) {
    return PublicKey(std::make_shared<const PublicKey::Impl>(kind, std::move(key)));
  }
  static PrivateKey make_private(KeyKind kind, PkeyHandle key) {
    return PrivateKey(std::make_unique<PrivateKey::Impl>(kind, std::move(key)));
  }
};

using PkeyContextHandle = std::unique_ptr<EVP_PKEY_CTX, Freeing<EVP_PKEY_CTX_free>>;

inline PkeyContextHandle context_of(EVP_PKEY* key) {
  PkeyContextHandle context(EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr));
  CLAVIGER_CHECK(context);
  return context;
}

// A refusal is no fault: it must not be found in the thread's error queue by the next caller.
inline bool told(bool outcome) {
  if (!outcome) ERR_clear_error();
  return outcome;
}

}  // namespace claviger::crypto
