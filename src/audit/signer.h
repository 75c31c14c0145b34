// Signatures over the log, declared here because audit/ may not use hsm/.
#pragma once

#include "base/bytes.h"

namespace claviger::audit {

inline constexpr std::size_t kMaxSignatureBytes = 128;

// Checks signatures of the log's key. Thread-safe.
class Verifier {
 public:
  virtual ~Verifier() = default;
  virtual bool verify(ByteSpan message, ByteSpan signature) const = 0;
};

// The log's signing key (Ed25519 of the keyring, RFC 8032). Thread-safe.
class Signer : public Verifier {
 public:
  // At most kMaxSignatureBytes.
  virtual Bytes sign(ByteSpan message) const = 0;
};

}  // namespace claviger::audit
