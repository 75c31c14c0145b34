// Owners of OpenSSL's objects, for the .cc files of this room only. Freeing each wipes the key
// material and hash state inside it.
#pragma once

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include <memory>

#include "base/bytes.h"

namespace claviger::crypto {

template <auto kFree>
struct Freeing {
  template <class T>
  void operator()(T* object) const {
    kFree(object);
  }
};

using MdHandle = std::unique_ptr<EVP_MD, Freeing<EVP_MD_free>>;
using MdContextHandle = std::unique_ptr<EVP_MD_CTX, Freeing<EVP_MD_CTX_free>>;
using MacHandle = std::unique_ptr<EVP_MAC, Freeing<EVP_MAC_free>>;
using MacContextHandle = std::unique_ptr<EVP_MAC_CTX, Freeing<EVP_MAC_CTX_free>>;
using CipherHandle = std::unique_ptr<EVP_CIPHER, Freeing<EVP_CIPHER_free>>;
using CipherContextHandle = std::unique_ptr<EVP_CIPHER_CTX, Freeing<EVP_CIPHER_CTX_free>>;
using KdfHandle = std::unique_ptr<EVP_KDF, Freeing<EVP_KDF_free>>;
using KdfContextHandle = std::unique_ptr<EVP_KDF_CTX, Freeing<EVP_KDF_CTX_free>>;
using BignumHandle = std::unique_ptr<BIGNUM, Freeing<BN_clear_free>>;
using EcdsaSigHandle = std::unique_ptr<ECDSA_SIG, Freeing<ECDSA_SIG_free>>;
using PkeyHandle = std::unique_ptr<EVP_PKEY, Freeing<EVP_PKEY_free>>;

// OpenSSL takes a null pointer for "no such argument", which an empty span must not turn into.
inline const std::uint8_t* pointer_to(ByteSpan bytes) {
  static constexpr std::uint8_t kNothing = 0;
  return bytes.empty() ? &kNothing : bytes.data();
}

// OpenSSL takes input parameters through pointers to non-const and does not write to them.
inline OSSL_PARAM octets(const char* name, ByteSpan bytes) {
  return OSSL_PARAM_construct_octet_string(name, const_cast<std::uint8_t*>(pointer_to(bytes)), bytes.size());
}

}  // namespace claviger::crypto
