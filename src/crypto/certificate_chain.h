// X.509 certificates (RFC 5280), and whether they lead to a root that is trusted.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"

namespace claviger::crypto {

// Longer ones are refused unread.
inline constexpr std::size_t kMaxCertificateBytes = 16 * 1024;

// Immutable, and cheap to copy. All functions are thread-safe.
class Certificate final {
 public:
  // DER, and nothing behind it.
  static std::optional<Certificate> parse(ByteSpan der);
  // Every certificate of a PEM text, at least one; nothing when one of them does not parse. What stands between them is
  // left out.
  static std::optional<std::vector<Certificate>> parse_pem(std::string_view text);

 private:
  friend struct CertificateAccess;
  struct Impl;
  explicit Certificate(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}
  std::shared_ptr<const Impl> impl_;
};

// Whether `leaf`, which is no authority's certificate and is for signatures, leads over some of `intermediates` to one
// of `roots`: every signature holds, every certificate is valid at `now`, every issuer is an authority that may sign
// certificates and has no longer path below it than it allows (RFC 5280 section 6). Algorithms weaker than 112 bits do
// not count (SP 800-57 part 1), nor do revocation lists, which nobody publishes for attested machines. Thread-safe.
[[nodiscard]] bool leads_to_root(const Certificate& leaf, std::span<const Certificate> intermediates,
                                 std::span<const Certificate> roots, WallTime now);

// Whether `signature`, which is r and s of 48 bytes each, is the certificate's key's over `message` by ECDSA with
// SHA-384 on P-384 (ES384, RFC 9053 section 2.1). False also for a key of another kind. Thread-safe.
[[nodiscard]] bool verify_es384(const Certificate& signer, ByteSpan message, ByteSpan signature);

}  // namespace claviger::crypto
