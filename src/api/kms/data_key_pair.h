// What GenerateDataKeyPair and GenerateDataKeyPairWithoutPlaintext have in common.
#pragma once

#include "api/kms/common.h"

namespace claviger::api::kms {

struct EncryptedKeyPair {
  SecretBytes private_key;  // DER PKCS #8 PrivateKeyInfo
  Bytes encrypted_private_key;
  Bytes public_key;  // DER SubjectPublicKeyInfo
  std::string material_id;
};

// A new key pair, its private key encrypted under the key of the call. kUnsupportedOperation for a spec that the Region
// does not have.
[[nodiscard]] Result<EncryptedKeyPair> make_key_pair(const Context& context, keys::DataKeyPairSpec spec,
                                                     const EncryptionContext& encryption_context);

}  // namespace claviger::api::kms
