#include "crypto/jws.h"

#include <openssl/param_build.h>

#include "crypto/ecdsa_pair.h"
#include "crypto/openssl_keys.h"

namespace claviger::crypto {
namespace {

using ParamBuilderHandle = std::unique_ptr<OSSL_PARAM_BLD, Freeing<OSSL_PARAM_BLD_free>>;
using ParamsHandle = std::unique_ptr<OSSL_PARAM, Freeing<OSSL_PARAM_free>>;

BignumHandle to_number(ByteSpan bytes) {
  BignumHandle value(BN_bin2bn(pointer_to(bytes), static_cast<int>(bytes.size()), nullptr));
  CLAVIGER_CHECK(value);
  return value;
}

// Null when OpenSSL refuses the parameters.
PkeyHandle make_public_key(const char* type, OSSL_PARAM_BLD* builder) {
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
  const BignumHandle modulus = to_number(key.modulus), exponent = to_number(key.exponent);
  const ParamBuilderHandle builder(OSSL_PARAM_BLD_new());
  CLAVIGER_CHECK(builder && OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, modulus.get()) == 1 &&
                 OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, exponent.get()) == 1);
  return make_public_key("RSA", builder.get());
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
  PkeyHandle made = make_public_key("EC", builder.get());
  if (!made) return nullptr;
  if (EVP_PKEY_public_check(context_of(made.get()).get()) != 1) return nullptr;
  return made;
}

}  // namespace

bool is_usable(const RsaPublicKey& key) { return told(to_pkey(key) != nullptr); }
bool is_usable(const P256PublicKey& key) { return told(to_pkey(key) != nullptr); }

bool rs256_verify(const RsaPublicKey& key, ByteSpan message, ByteSpan signature) {
  const PkeyHandle made = to_pkey(key);
  // PKCS #1 v1.5 is what OpenSSL does with an RSA key unless told otherwise.
  return told(made && signature.size() == key.modulus.size() &&
              verify_hashed(made.get(), "SHA256", message, signature));
}

bool es256_verify(const P256PublicKey& key, ByteSpan message, ByteSpan signature) {
  if (signature.size() != 2 * kEs256CoordinateBytes) return false;
  const PkeyHandle made = to_pkey(key);
  if (!made) return told(false);
  return told(verify_ecdsa_pair(made.get(), "SHA256", message, signature));
}

}  // namespace claviger::crypto
