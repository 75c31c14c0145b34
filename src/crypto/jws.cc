#include "crypto/jws.h"

#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#include <array>

#include "crypto/openssl_keys.h"

namespace claviger::crypto {
namespace {

using BignumHandle = std::unique_ptr<BIGNUM, Freeing<BN_free>>;
using ParamBuilderHandle = std::unique_ptr<OSSL_PARAM_BLD, Freeing<OSSL_PARAM_BLD_free>>;
using ParamsHandle = std::unique_ptr<OSSL_PARAM, Freeing<OSSL_PARAM_free>>;
using EcdsaSigHandle = std::unique_ptr<ECDSA_SIG, Freeing<ECDSA_SIG_free>>;

BignumHandle number(ByteSpan bytes) {
  BignumHandle value(BN_bin2bn(pointer_to(bytes), static_cast<int>(bytes.size()), nullptr));
  CLAVIGER_CHECK(value);
  return value;
}

// Null when OpenSSL refuses the parameters.
PkeyHandle public_key(const char* type, OSSL_PARAM_BLD* builder) {
  const ParamsHandle params(OSSL_PARAM_BLD_to_param(builder));
  const PkeyContextHandle context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  CLAVIGER_CHECK(params && context);
  EVP_PKEY* made = nullptr;
  if (EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &made, EVP_PKEY_PUBLIC_KEY, params.get()) != 1) {
    return nullptr;
  }
  return PkeyHandle(made);
}

bool has_usable_sizes(const RsaPublicKey& key) {
  const auto fits = [](ByteSpan number, std::size_t least, std::size_t most) {
    return number.size() >= least && number.size() <= most && number.front() != 0;
  };
  return fits(key.modulus, kMinRsaModulusBytes, kMaxRsaModulusBytes) && fits(key.exponent, 1, kMaxRsaExponentBytes) &&
         key.exponent.back() % 2 == 1 && (key.exponent.size() > 1 || key.exponent.front() > 1);
}

PkeyHandle to_pkey(const RsaPublicKey& key) {
  if (!has_usable_sizes(key)) return nullptr;
  const BignumHandle modulus = number(key.modulus), exponent = number(key.exponent);
  const ParamBuilderHandle builder(OSSL_PARAM_BLD_new());
  CLAVIGER_CHECK(builder && OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, modulus.get()) == 1 &&
                 OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, exponent.get()) == 1);
  return public_key("RSA", builder.get());
}

PkeyHandle to_pkey(const P256PublicKey& key) {
  if (key.x.size() != kEs256CoordinateBytes || key.y.size() != kEs256CoordinateBytes) return nullptr;
  Bytes point{POINT_CONVERSION_UNCOMPRESSED};
  point.insert(point.end(), key.x.begin(), key.x.end());
  point.insert(point.end(), key.y.begin(), key.y.end());
  const ParamBuilderHandle builder(OSSL_PARAM_BLD_new());
  CLAVIGER_CHECK(
      builder && OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0) == 1 &&
      OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()) == 1);
  PkeyHandle made = public_key("EC", builder.get());
  if (!made) return nullptr;
  const PkeyContextHandle context(EVP_PKEY_CTX_new_from_pkey(nullptr, made.get(), nullptr));
  CLAVIGER_CHECK(context);
  if (EVP_PKEY_public_check(context.get()) != 1) return nullptr;
  return made;
}

bool verify_sha256(EVP_PKEY* key, ByteSpan message, ByteSpan signature) {
  const MdContextHandle context(EVP_MD_CTX_new());
  CLAVIGER_CHECK(context);
  return EVP_DigestVerifyInit_ex(context.get(), nullptr, "SHA256", nullptr, nullptr, key, nullptr) == 1 &&
         EVP_DigestVerify(context.get(), pointer_to(signature), signature.size(), pointer_to(message),
                          message.size()) == 1;
}

}  // namespace

bool is_usable(const RsaPublicKey& key) { return told(to_pkey(key) != nullptr); }
bool is_usable(const P256PublicKey& key) { return told(to_pkey(key) != nullptr); }

bool rs256_verify(const RsaPublicKey& key, ByteSpan message, ByteSpan signature) {
  const PkeyHandle made = to_pkey(key);
  // PKCS #1 v1.5 is what OpenSSL does with an RSA key unless told otherwise.
  return told(made && signature.size() == key.modulus.size() && verify_sha256(made.get(), message, signature));
}

bool es256_verify(const P256PublicKey& key, ByteSpan message, ByteSpan signature) {
  if (signature.size() != 2 * kEs256CoordinateBytes) return false;
  const PkeyHandle made = to_pkey(key);
  if (!made) return told(false);
  const EcdsaSigHandle pair(ECDSA_SIG_new());
  CLAVIGER_CHECK(pair);
  CLAVIGER_CHECK(ECDSA_SIG_set0(pair.get(), number(signature.first(kEs256CoordinateBytes)).release(),
                                number(signature.subspan(kEs256CoordinateBytes)).release()) == 1);
  std::array<std::uint8_t, 80> der{};
  std::uint8_t* end = der.data();
  const int size = i2d_ECDSA_SIG(pair.get(), nullptr);
  CLAVIGER_CHECK(size > 0 && static_cast<std::size_t>(size) <= der.size() && i2d_ECDSA_SIG(pair.get(), &end) == size);
  return told(verify_sha256(made.get(), message, ByteSpan(der).first(static_cast<std::size_t>(size))));
}

}  // namespace claviger::crypto
