// How secrets are kept.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "base/secret.h"

namespace claviger::iam {

// Encrypts and authenticates secrets before they reach the store. Implemented by hsm/; declared here because iam/ may
// not use hsm/. Thread-safe.
class CredentialSealer {
 public:
  virtual ~CredentialSealer() = default;
  // `context` is what the secret is bound to; it is authenticated, not stored.
  virtual Bytes seal(ByteSpan context, const SecretBytes& secret) = 0;
  // kCorrupt when `sealed` was not made by seal() with this context and key.
  [[nodiscard]] virtual Result<SecretBytes> open(ByteSpan context, ByteSpan sealed) = 0;
};

}  // namespace claviger::iam
