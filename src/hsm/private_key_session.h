// Private keys of KMS keys and of data key pairs: the part of the door to key material that takes its time.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "base/bytes.h"
#include "base/random.h"
#include "base/result.h"
#include "base/secret.h"
#include "hsm/public_key.h"
#include "hsm/session.h"

namespace claviger::hsm {

// A private key as it is stored, and its public key.
struct NewPrivateKey {
  Bytes token;
  MaterialId material;
  Bytes public_key;  // DER SubjectPublicKeyInfo
};

struct DataKeyPair {
  SecretBytes private_key;  // DER PKCS #8 PrivateKeyInfo
  Bytes public_key;         // DER SubjectPublicKeyInfo
};

class ReadyKeys;

// Operations with private keys, each of which takes from tens of microseconds to seconds. Unlike backing keys, the last
// kCachedKeys private keys stay unwrapped, because preparing an RSA key costs as much as a part of its use; they are in
// OpenSSL's memory, locked with the rest of the process. Not thread-safe: one per thread, on the same Keyring.
class PrivateKeySession final {
 public:
  static constexpr std::size_t kCachedKeys = 32;

  // All must outlive the session.
  PrivateKeySession(const Keyring& keyring, RandomSource& random, ReadyKeys& ready);
  ~PrivateKeySession();

  // A new key of binding.key_spec, wrapped under the active domain key. kInternal for a spec without private keys.
  [[nodiscard]] Result<NewPrivateKey> create(const KeyBinding& binding);
  // A new key that belongs to no record. kInternal likewise.
  [[nodiscard]] Result<DataKeyPair> generate_pair(std::string_view key_spec);

  // The arguments must fit crypto::sign(). kInternal when they do not, kCorrupt when the token does not open for this
  // binding and material.
  [[nodiscard]] Result<Bytes> sign(const KeyBinding& binding, const MaterialId& material, ByteSpan token,
                                   SignatureAlgorithm algorithm, MessageForm form, const SecretBytes& message);
  // kInvalidCiphertext with an empty message for whatever was not encrypted for this key with this hash, kInternal when
  // the key is not of RSA, kCorrupt as sign().
  [[nodiscard]] Result<SecretBytes> decrypt(const KeyBinding& binding, const MaterialId& material, ByteSpan token,
                                            OaepHash hash, ByteSpan ciphertext);
  // The same for a key of SM2.
  [[nodiscard]] Result<SecretBytes> decrypt_sm2(const KeyBinding& binding, const MaterialId& material, ByteSpan token,
                                                ByteSpan ciphertext);
  // kInternal when the keys are not of one curve for key agreement, kCorrupt as sign().
  [[nodiscard]] Result<SecretBytes> agree(const KeyBinding& binding, const MaterialId& material, ByteSpan token,
                                          const PublicKey& peer);

  // Forgets the keys that were not used since the last call of this.
  void forget_unused();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace claviger::hsm
