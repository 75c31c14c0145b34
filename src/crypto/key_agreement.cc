#include "crypto/key_agreement.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>

#include <array>

#include "base/check.h"
#include "crypto/openssl_keys.h"
#include "crypto/openssl_sm2.h"

namespace claviger::crypto {
namespace {

// OpenSSL's key exchanges take no keys of SM2. Multiplying an arbitrary point by one number it does in constant time.
SecretBytes agree_on_sm2(const PrivateKey& key, const PublicKey& peer) {
  const GroupHandle group = sm2_group();
  const BignumContextHandle context(BN_CTX_new());
  CLAVIGER_CHECK(context);
  const PointHandle theirs(EC_POINT_new(group.get())), shared(EC_POINT_new(group.get()));
  const BignumHandle x(BN_new()), scalar = sm2_scalar(key);
  std::array<std::uint8_t, 2 * kSm2Bytes + 1> encoded{};
  std::size_t size = 0;
  CLAVIGER_CHECK(theirs && shared && x);
  CLAVIGER_CHECK(EVP_PKEY_get_octet_string_param(KeyAccess::key(peer), OSSL_PKEY_PARAM_PUB_KEY, encoded.data(),
                                                 encoded.size(), &size) == 1 &&
                 EC_POINT_oct2point(group.get(), theirs.get(), encoded.data(), size, context.get()) == 1);
  SecretBytes out(kSm2Bytes);
  CLAVIGER_CHECK(EC_POINT_mul(group.get(), shared.get(), nullptr, theirs.get(), scalar.get(), context.get()) == 1 &&
                 EC_POINT_get_affine_coordinates(group.get(), shared.get(), x.get(), nullptr, context.get()) == 1 &&
                 BN_bn2binpad(x.get(), out.writable().data(), static_cast<int>(kSm2Bytes)) ==
                     static_cast<int>(kSm2Bytes));
  return out;
}

}  // namespace

SecretBytes agree(const PrivateKey& key, const PublicKey& peer) {
  CLAVIGER_CHECK(key.kind() == peer.kind() && can_agree(key.kind()));
  if (key.kind() == KeyKind::kSm2) return agree_on_sm2(key, peer);
  const PkeyContextHandle context = context_of(KeyAccess::key(key));
  // A PublicKey is a point on the curve other than infinity, so that nothing below can fail for its sake.
  CLAVIGER_CHECK(EVP_PKEY_derive_init(context.get()) == 1 &&
                 EVP_PKEY_derive_set_peer_ex(context.get(), KeyAccess::key(peer), 0) == 1);
  std::size_t size = 0;
  CLAVIGER_CHECK(EVP_PKEY_derive(context.get(), nullptr, &size) == 1);
  SecretBytes out(size);
  CLAVIGER_CHECK(EVP_PKEY_derive(context.get(), out.writable().data(), &size) == 1 && size == out.size());
  return out;
}

}  // namespace claviger::crypto
