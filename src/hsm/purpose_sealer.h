// Sealing of what other rooms store: records, credentials, markers.
#pragma once

#include <memory>
#include <string_view>

#include "base/bytes.h"
#include "base/random.h"
#include "base/result.h"
#include "base/secret.h"

namespace claviger::hsm {

class Keyring;

// AES-256-GCM under keys derived from the root key for one purpose; what one purpose sealed no
// other opens. Every value has a key of its own, derived with 16 random bytes, so there is no bound
// on how many may be sealed that anybody could reach. The form is in docs/formats/sealed-value.md.
// Thread-safe.
class PurposeSealer final {
 public:
  // `purpose` is 1 to 64 bytes. `random` must outlive the sealer and be used by nobody else, or be
  // thread-safe itself. The keyring may go before the sealer.
  PurposeSealer(const Keyring& keyring, std::string_view purpose, RandomSource& random);
  ~PurposeSealer();
  PurposeSealer(const PurposeSealer&) = delete;
  PurposeSealer& operator=(const PurposeSealer&) = delete;

  // How much longer than the value a sealed one is.
  static constexpr std::size_t kOverhead = 45;

  // `context` is authenticated, not stored: where the value lies, for instance.
  Bytes seal(ByteSpan context, ByteSpan value);
  Bytes seal(ByteSpan context, const SecretBytes& value);
  // kCorrupt when the value is not one sealed for this purpose and context.
  [[nodiscard]] Result<Bytes> open(ByteSpan context, ByteSpan sealed);
  [[nodiscard]] Result<SecretBytes> open_secret(ByteSpan context, ByteSpan sealed);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace claviger::hsm
