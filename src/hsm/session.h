// What can be done with KMS keys: the narrow door to the only plaintext key material.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "base/bytes.h"
#include "base/encryption_context.h"
#include "base/identifiers.h"
#include "base/random.h"
#include "base/result.h"
#include "base/secret.h"
#include "hsm/ciphertext.h"

namespace claviger::hsm {

class Keyring;

// The record a backing key belongs to. Together with the material id it is bound into the key's
// token: a token copied to another record does not open.
struct KeyBinding {
  Scope scope;
  KeyId key;
  std::string_view key_spec;  // as the API names them
  std::string_view origin;
};

// One version of a key's material. The token holds it wrapped (docs/formats/key-token.md).
struct NewBackingKey {
  Bytes token;
  MaterialId material;
};

// Cryptographic operations under backing keys, with contexts that are reused. A backing key is
// unwrapped for one call and wiped at its end, whichever way it ends. Not thread-safe: one per
// thread, on the same Keyring.
class Session final {
 public:
  // Both must outlive the session.
  Session(const Keyring& keyring, RandomSource& random);
  ~Session();
  Session(Session&&) noexcept;
  Session& operator=(Session&&) noexcept;

  // A new random backing key, wrapped under the active domain key: 256 bits for SYMMETRIC_DEFAULT, as many as its hash
  // has for HMAC. kInternal for any other spec.
  [[nodiscard]] Result<NewBackingKey> create_backing_key(const KeyBinding& binding);

  // A key token for a backing key that was made elsewhere and that others may know, so that it protects nothing: for
  // development servers alone. The same binding and backing key always have the same material id, so that what was
  // encrypted under one token opens under another. kInternal unless there are 32 bytes.
  [[nodiscard]] Result<NewBackingKey> insecure_adopt_backing_key(const KeyBinding& binding,
                                                                 const SecretBytes& backing_key);

  // The same material wrapped anew under the active domain key. kCorrupt when the token does not
  // open.
  [[nodiscard]] Result<Bytes> rewrap(const KeyBinding& binding, const MaterialId& material, ByteSpan token);

  // 1 to kMaxPlaintextBytes bytes become kCiphertextOverhead more. kInternal for another size or another spec than
  // SYMMETRIC_DEFAULT, kCorrupt when the token does not open for this binding and material.
  [[nodiscard]] Result<Bytes> encrypt(const KeyBinding& binding, const MaterialId& material, ByteSpan token,
                                      const EncryptionContext& context, const SecretBytes& plaintext);

  // `token` is that of the material which parse_ciphertext(blob) names. Every failure is
  // kInvalidCiphertext with an empty message; only `detail` tells a damaged token from a blob that
  // does not verify. The time taken does not depend on which check of the blob failed.
  [[nodiscard]] Result<SecretBytes> decrypt(const KeyBinding& binding, ByteSpan token, const EncryptionContext& context,
                                            ByteSpan blob);

  struct DataKey {
    SecretBytes plaintext;
    Bytes ciphertext;
  };
  // `size` random bytes (1 to kMaxPlaintextBytes) and their encryption. Errors as encrypt().
  [[nodiscard]] Result<DataKey> generate_data_key(const KeyBinding& binding, const MaterialId& material, ByteSpan token,
                                                  const EncryptionContext& context, std::size_t size);

  // The code of the message by the key's one algorithm, HMAC with the hash that its spec names (FIPS 198-1). kInternal
  // for a spec that is not of HMAC, kCorrupt when the token does not open.
  [[nodiscard]] Result<Bytes> generate_mac(const KeyBinding& binding, const MaterialId& material, ByteSpan token,
                                           const SecretBytes& message);
  // Whether `code` is the whole code, in constant time. Errors likewise.
  [[nodiscard]] Result<bool> verify_mac(const KeyBinding& binding, const MaterialId& material, ByteSpan token,
                                        const SecretBytes& message, ByteSpan code);

  SecretBytes random(std::size_t size);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace claviger::hsm
