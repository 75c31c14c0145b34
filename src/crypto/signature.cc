#include "crypto/signature.h"

#include <openssl/core_names.h>
#include <openssl/rsa.h>

#include <array>
#include <string>
#include <string_view>

#include "base/check.h"
#include "crypto/openssl_keys.h"
#include "crypto/openssl_sm2.h"

namespace claviger::crypto {
namespace {

using SignatureSchemeHandle = std::unique_ptr<EVP_SIGNATURE, Freeing<EVP_SIGNATURE_free>>;

const EVP_MD* digest_of(HashAlgorithm hash) {
  switch (hash) {
    case HashAlgorithm::kSha224:
      return EVP_sha224();
    case HashAlgorithm::kSha256:
      return EVP_sha256();
    case HashAlgorithm::kSha384:
      return EVP_sha384();
    case HashAlgorithm::kSha512:
      return EVP_sha512();
  }
  check_failed("a known hash algorithm", __FILE__, __LINE__);
}

bool signs_digests(SignatureScheme scheme) {
  return scheme == SignatureScheme::kRsaPss || scheme == SignatureScheme::kRsaPkcs1 ||
         scheme == SignatureScheme::kEcdsa || scheme == SignatureScheme::kSm2;
}

// The bytes that a scheme over digests signs.
class Digest final {
 public:
  Digest(SignatureAlgorithm algorithm, MessageForm form, ByteSpan message) {
    if (form == MessageForm::kDigest) {
      CLAVIGER_CHECK(message.size() == digest_bytes(algorithm));
      view_ = message;
      return;
    }
    unsigned int size = 0;
    CLAVIGER_CHECK(
        EVP_Digest(pointer_to(message), message.size(), own_.data(), &size, digest_of(algorithm.hash), nullptr) == 1);
    view_ = ByteSpan(own_).first(size);
  }
  Digest(const Digest&) = delete;
  Digest& operator=(const Digest&) = delete;
  ByteSpan bytes() const { return view_; }

 private:
  std::array<std::uint8_t, EVP_MAX_MD_SIZE> own_;
  ByteSpan view_;
};

// After the context was begun for signing or verifying a digest.
bool set_scheme(EVP_PKEY_CTX* context, SignatureAlgorithm algorithm) {
  if (algorithm.scheme == SignatureScheme::kSm2) return EVP_PKEY_CTX_set_signature_md(context, EVP_sm3()) == 1;
  if (EVP_PKEY_CTX_set_signature_md(context, digest_of(algorithm.hash)) != 1) return false;
  if (algorithm.scheme == SignatureScheme::kEcdsa) return true;
  if (algorithm.scheme == SignatureScheme::kRsaPkcs1) {
    return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1;
  }
  return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
         EVP_PKEY_CTX_set_rsa_mgf1_md(context, digest_of(algorithm.hash)) == 1 &&
         EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1;
}

SignatureSchemeHandle message_scheme(KeyKind kind, SignatureScheme scheme) {
  const char* name = scheme == SignatureScheme::kEd25519     ? "ED25519"
                     : scheme == SignatureScheme::kEd25519Ph ? "ED25519ph"
                     : kind == KeyKind::kMlDsa44             ? "ML-DSA-44"
                     : kind == KeyKind::kMlDsa65             ? "ML-DSA-65"
                                                             : "ML-DSA-87";
  SignatureSchemeHandle signature(EVP_SIGNATURE_fetch(nullptr, name, nullptr));
  CLAVIGER_CHECK(signature);
  return signature;
}

// What a scheme over whole messages is told.
class MessageParams final {
 public:
  explicit MessageParams(MessageForm form) : mu_(form == MessageForm::kMu ? 1 : 0) {
    if (mu_ != 0) params_[0] = OSSL_PARAM_construct_int(OSSL_SIGNATURE_PARAM_MU, &mu_);
  }
  MessageParams(const MessageParams&) = delete;
  MessageParams& operator=(const MessageParams&) = delete;
  const OSSL_PARAM* get() const { return params_.data(); }

 private:
  int mu_;
  std::array<OSSL_PARAM, 2> params_{OSSL_PARAM_construct_end(), OSSL_PARAM_construct_end()};
};

// For messages that SM2 hashes with their signer, which OpenSSL does in this interface alone. The identity is not const
// for OpenSSL, and not changed.
std::array<OSSL_PARAM, 2> sm2_identity() {
  return {OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_DIST_ID, const_cast<char*>(kSm2Identity.data()),
                                            kSm2Identity.size()),
          OSSL_PARAM_construct_end()};
}

bool verify_message_by_sm2(EVP_PKEY* key, ByteSpan message, ByteSpan signature) {
  const MdContextHandle context(EVP_MD_CTX_new());
  const auto identity = sm2_identity();
  CLAVIGER_CHECK(context &&
                 EVP_DigestVerifyInit_ex(context.get(), nullptr, "SM3", nullptr, nullptr, key, identity.data()) == 1);
  return told(EVP_DigestVerify(context.get(), pointer_to(signature), signature.size(), pointer_to(message),
                               message.size()) == 1);
}

}  // namespace

std::size_t digest_bytes(SignatureAlgorithm algorithm) {
  return algorithm.scheme == SignatureScheme::kSm2 ? kSm2Bytes : digest_size(algorithm.hash);
}

bool can_sign(KeyKind kind, SignatureAlgorithm algorithm, MessageForm form) {
  switch (algorithm.scheme) {
    case SignatureScheme::kRsaPss:
    case SignatureScheme::kRsaPkcs1:
      return is_rsa(kind) && form != MessageForm::kMu;
    case SignatureScheme::kEcdsa:
      return is_elliptic(kind) && kind != KeyKind::kSm2 && form != MessageForm::kMu;
    case SignatureScheme::kSm2:
      return kind == KeyKind::kSm2 && form != MessageForm::kMu;
    case SignatureScheme::kEd25519:
    case SignatureScheme::kEd25519Ph:
      return kind == KeyKind::kEd25519 && form == MessageForm::kRaw;
    case SignatureScheme::kMlDsa:
      return is_ml_dsa(kind) && form != MessageForm::kDigest;
  }
  return false;
}

Bytes sign(const PrivateKey& key, SignatureAlgorithm algorithm, MessageForm form, ByteSpan message) {
  CLAVIGER_CHECK(can_sign(key.kind(), algorithm, form));
  CLAVIGER_CHECK(form != MessageForm::kMu || message.size() == kMlDsaMuBytes);
  if (algorithm.scheme == SignatureScheme::kSm2) {
    return form == MessageForm::kDigest ? sm2_sign(key, message) : sm2_sign(key, sm2_message_digest(key, message));
  }
  const PkeyContextHandle context = context_of(KeyAccess::key(key));
  const auto finish = [&](ByteSpan input) {
    std::size_t size = 0;
    CLAVIGER_CHECK(EVP_PKEY_sign(context.get(), nullptr, &size, input.data(), input.size()) == 1);
    Bytes out(size);
    CLAVIGER_CHECK(EVP_PKEY_sign(context.get(), out.data(), &size, pointer_to(input), input.size()) == 1);
    out.resize(size);
    return out;
  };
  if (signs_digests(algorithm.scheme)) {
    const Digest digest(algorithm, form, message);
    CLAVIGER_CHECK(EVP_PKEY_sign_init(context.get()) == 1 && set_scheme(context.get(), algorithm));
    return finish(digest.bytes());
  }
  const SignatureSchemeHandle scheme = message_scheme(key.kind(), algorithm.scheme);
  const MessageParams params(form);
  CLAVIGER_CHECK(EVP_PKEY_sign_message_init(context.get(), scheme.get(), params.get()) == 1);
  return finish(message);
}

bool verify(const PublicKey& key, SignatureAlgorithm algorithm, MessageForm form, ByteSpan message,
            ByteSpan signature) {
  CLAVIGER_CHECK(can_sign(key.kind(), algorithm, form));
  CLAVIGER_CHECK(form != MessageForm::kMu || message.size() == kMlDsaMuBytes);
  if (algorithm.scheme == SignatureScheme::kSm2 && form == MessageForm::kRaw) {
    return verify_message_by_sm2(KeyAccess::key(key), message, signature);
  }
  const PkeyContextHandle context = context_of(KeyAccess::key(key));
  const auto finish = [&](ByteSpan input) {
    return told(
        EVP_PKEY_verify(context.get(), pointer_to(signature), signature.size(), pointer_to(input), input.size()) == 1);
  };
  if (signs_digests(algorithm.scheme)) {
    const Digest digest(algorithm, form, message);
    CLAVIGER_CHECK(EVP_PKEY_verify_init(context.get()) == 1 && set_scheme(context.get(), algorithm));
    return finish(digest.bytes());
  }
  const SignatureSchemeHandle scheme = message_scheme(key.kind(), algorithm.scheme);
  const MessageParams params(form);
  CLAVIGER_CHECK(EVP_PKEY_verify_message_init(context.get(), scheme.get(), params.get()) == 1);
  return finish(message);
}

}  // namespace claviger::crypto
