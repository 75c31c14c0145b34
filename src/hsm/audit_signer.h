// The key that signs the digests of closed audit segments.
#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "base/bytes.h"

namespace claviger::hsm {

class Keyring;

// Ed25519 (RFC 8032), its seed derived from the root key, so that it is the same after every start.
// Thread-safe.
class AuditSigner final {
 public:
  using PublicKey = std::array<std::uint8_t, 32>;
  using Signature = std::array<std::uint8_t, 64>;

  // The keyring may go before the signer.
  explicit AuditSigner(const Keyring& keyring);
  ~AuditSigner();
  AuditSigner(AuditSigner&&) noexcept;
  AuditSigner& operator=(AuditSigner&&) noexcept;

  const PublicKey& public_key() const { return public_key_; }
  Signature sign(ByteSpan message) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
  PublicKey public_key_{};
};

}  // namespace claviger::hsm
