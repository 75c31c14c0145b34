// OAEP in OpenSSL's terms, for the .cc files of this room only.
#pragma once

#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "base/check.h"
#include "crypto/oaep.h"

namespace claviger::crypto {

inline const EVP_MD* oaep_digest(OaepHash hash) { return hash == OaepHash::kSha1 ? EVP_sha1() : EVP_sha256(); }

// After the context was begun for encryption or decryption by an RSA key.
inline void set_oaep_padding(EVP_PKEY_CTX* context, OaepHash hash) {
  CLAVIGER_CHECK(EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_OAEP_PADDING) == 1 &&
                 EVP_PKEY_CTX_set_rsa_oaep_md(context, oaep_digest(hash)) == 1 &&
                 EVP_PKEY_CTX_set_rsa_mgf1_md(context, oaep_digest(hash)) == 1);
}

}  // namespace claviger::crypto
