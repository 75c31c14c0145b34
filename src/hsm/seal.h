// How the root key is kept at rest. A seal wraps and unwraps 32 bytes; another kind (PKCS#11, a
// remote service) is another implementation.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "base/bytes.h"
#include "base/random.h"
#include "base/result.h"
#include "base/secret.h"
#include "crypto/argon2.h"

namespace claviger::hsm {

// Stored in the keyring file; a number is never given a second meaning.
enum class SealKind : std::uint8_t { kKeyFile = 1, kPassphrase = 2 };

class Seal {
 public:
  virtual ~Seal() = default;
  virtual SealKind kind() const = 0;
  // The root key wrapped and bound to `associated`; at most 1024 bytes.
  [[nodiscard]] virtual Result<Bytes> wrap(const SecretBytes& root, ByteSpan associated, RandomSource& random) = 0;
  // kKeyUnavailable when it does not unwrap, for whatever reason lies in the bytes or the secret;
  // kIo when the secret cannot be read.
  [[nodiscard]] virtual Result<SecretBytes> unwrap(ByteSpan wrapped, ByteSpan associated) = 0;
};

// Wraps under 32 random bytes in a file of its own, which should lie on another medium than the
// data it protects.
class KeyFileSeal final : public Seal {
 public:
  explicit KeyFileSeal(std::string path) : path_(std::move(path)) {}

  // Makes the file: mode 0600, 32 bytes, on disk when this returns. kIo when it exists already.
  [[nodiscard]] static Status create_file(const std::string& path, RandomSource& random);

  SealKind kind() const override { return SealKind::kKeyFile; }
  // Besides the errors above: kKeyUnavailable when the file is not a regular file of exactly 32
  // bytes, belongs to another user (root excepted), or is accessible to group or others.
  [[nodiscard]] Result<Bytes> wrap(const SecretBytes& root, ByteSpan associated, RandomSource& random) override;
  [[nodiscard]] Result<SecretBytes> unwrap(ByteSpan wrapped, ByteSpan associated) override;

 private:
  std::string path_;
};

// Wraps under a key derived from a passphrase with Argon2id and a random salt.
class PassphraseSeal final : public Seal {
 public:
  // `cost` is for wrapping; unwrapping takes what the file says, within bounds.
  explicit PassphraseSeal(SecretBytes passphrase, crypto::Argon2Cost cost = {});

  SealKind kind() const override { return SealKind::kPassphrase; }
  // kValidation for an empty passphrase or a cost out of bounds.
  [[nodiscard]] Result<Bytes> wrap(const SecretBytes& root, ByteSpan associated, RandomSource& random) override;
  [[nodiscard]] Result<SecretBytes> unwrap(ByteSpan wrapped, ByteSpan associated) override;

 private:
  SecretBytes passphrase_;
  crypto::Argon2Cost cost_;
};

}  // namespace claviger::hsm
