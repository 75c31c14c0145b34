// Session tokens: claims and a secret, sealed, as one text.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "base/secret.h"
#include "iam/session_claims.h"

namespace claviger::iam {

// Encrypts and authenticates what is in session tokens. Implemented by hsm/; declared here because iam/ may not use
// hsm/. Thread-safe.
class SessionSealer {
 public:
  virtual ~SessionSealer() = default;
  // `context` is authenticated, not part of what is returned.
  virtual Bytes seal(ByteSpan context, ByteSpan value) = 0;
  virtual Bytes seal(ByteSpan context, const SecretBytes& secret) = 0;
  // kCorrupt when `sealed` was not made by the seal() above with this context and key.
  [[nodiscard]] virtual Result<Bytes> open(ByteSpan context, ByteSpan sealed) = 0;
  [[nodiscard]] virtual Result<SecretBytes> open_secret(ByteSpan context, ByteSpan sealed) = 0;
};

// Longer ones are refused unread. An issued one is always shorter: see kMaxPackedBytes.
inline constexpr std::size_t kMaxSessionTokenBytes = 12 * 1024;
// Session policies and tags together, as they are written into a token.
inline constexpr std::size_t kMaxPackedBytes = 6 * 1024;

struct OpenedSession {
  SessionClaims claims;
  SecretBytes secret;  // the secret access key
};

// Thread-safe.
class SessionTokens final {
 public:
  // The sealer outlives this.
  explicit SessionTokens(SessionSealer& sealer) : sealer_(sealer) {}

  std::string seal(const SessionClaims& claims, const SecretBytes& secret) const;
  // kUnrecognizedClient for anything that seal() did not make. Says nothing about whether the session has expired, or
  // whether its role is still there.
  [[nodiscard]] Result<OpenedSession> open(std::string_view token) const;

 private:
  SessionSealer& sealer_;
};

}  // namespace claviger::iam
