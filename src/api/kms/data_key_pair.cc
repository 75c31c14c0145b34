#include "api/kms/data_key_pair.h"

#include "base/encoding.h"
#include "keys/usage_rules.h"

namespace claviger::api::kms {

Result<EncryptedKeyPair> make_key_pair(const Context& context, keys::DataKeyPairSpec spec,
                                       const EncryptionContext& encryption_context) {
  CLAVIGER_TRY(keys::check_region(static_cast<keys::KeySpec>(spec), context.scope.region, "KeyPairSpec"));
  const AuthorizedKey& key = context.key();
  const keys::Material& material = key.record().current_material();
  CLAVIGER_ASSIGN(hsm::DataKeyPair pair, context.services.private_keys->generate_pair(keys::name_of(spec)));
  CLAVIGER_ASSIGN(Bytes encrypted, context.services.hsm->encrypt(key.binding(), material.id, material.token,
                                                                 encryption_context, pair.private_key));
  return EncryptedKeyPair{std::move(pair.private_key), std::move(encrypted), std::move(pair.public_key),
                          hex_encode(material.id)};
}

}  // namespace claviger::api::kms
