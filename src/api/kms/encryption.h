// Encryption and decryption with a key of whatever spec: what Encrypt, Decrypt and ReEncrypt do with one key.
#pragma once

#include <optional>

#include "api/kms/common.h"

namespace claviger::api::kms {

// How a caller wants one key used.
struct EncryptionUse {
  const AuthorizedKey& key;
  keys::EncryptionAlgorithm algorithm;  // one that the key offers
  const EncryptionContext& context;
};

// kValidation for a context with an asymmetric key, a plaintext that the algorithm has no room for, or one of no bytes,
// as only ReEncrypt can find it, for SM2.
[[nodiscard]] Result<Bytes> encrypt_with(const Services& services, const EncryptionUse& use,
                                         const SecretBytes& plaintext);

// The blob of an asymmetric key, which does not say whose it is. kInvalidCiphertext for everything that is wrong with
// it, a plaintext that encrypt_with() would not have taken included, kValidation for a context. Needs
// Services::private_keys.
[[nodiscard]] Result<SecretBytes> decrypt_asymmetric(const Services& services, const EncryptionUse& use, ByteSpan blob);

// Whether encryption by the algorithm takes long enough to be the computing pool's: on the curve of SM2 it is as long
// as decryption.
bool encrypts_slowly(keys::EncryptionAlgorithm algorithm);

// Whether decrypting with the key needs Services::private_keys.
bool decrypts_asymmetric(const keys::KeyRecord* key);

}  // namespace claviger::api::kms
