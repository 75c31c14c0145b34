#include "crypto/key_agreement.h"

#include "base/check.h"
#include "crypto/openssl_keys.h"

namespace claviger::crypto {

SecretBytes agree(const PrivateKey& key, const PublicKey& peer) {
  CLAVIGER_CHECK(key.kind() == peer.kind() && can_agree(key.kind()));
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
