// Key material that its owner made, and how it gets in: wrapped by the owner under a key pair made here, unwrapped
// here, and out of sight again inside a key token.
#pragma once

#include <memory>
#include <string_view>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "hsm/ciphertext.h"
#include "hsm/session.h"

namespace claviger::hsm {

class Keyring;

// What GetParametersForImport hands out.
struct ImportParameters {
  Bytes token;       // an import token (docs/formats/import-token.md)
  Bytes public_key;  // of the wrapping key pair, DER SubjectPublicKeyInfo
};

// Key material as it is stored.
struct NewImportedKey {
  Bytes token;
  // The same material in the same key has the same id; see accept_material().
  MaterialId material;
  Bytes public_key;  // of asymmetric specs, DER SubjectPublicKeyInfo
};

// Both functions take from a tenth of a second to seconds: they are for threads that compute. Not thread-safe: one per
// thread, on the same Keyring.
class MaterialImport final {
 public:
  // Both must outlive the object.
  MaterialImport(const Keyring& keyring, RandomSource& random);
  ~MaterialImport();
  MaterialImport(const MaterialImport&) = delete;
  MaterialImport& operator=(const MaterialImport&) = delete;

  // A new wrapping key pair, by the API's names. Its private key is kept inside the token and nowhere else. The token
  // is for the key of `binding` alone, and until `valid_until`. kInternal for names that are not built or do not
  // belong together.
  [[nodiscard]] Result<ImportParameters> prepare(const KeyBinding& binding, std::string_view wrapping_algorithm,
                                                 std::string_view wrapping_key_spec, WallTime valid_until);

  // kInvalidImportToken for a token that is altered or not for this key, kExpiredImportToken from its end on,
  // kInvalidCiphertext (with an empty message) when `encrypted` does not unwrap, kIncorrectKeyMaterial for material
  // that the key's spec does not take. Whether RSA or AES failed to unwrap shows in no answer and, as far as OpenSSL
  // goes, in no time.
  [[nodiscard]] Result<NewImportedKey> import(const KeyBinding& binding, ByteSpan import_token, ByteSpan encrypted,
                                              WallTime now);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace claviger::hsm
