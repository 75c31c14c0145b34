#include "hsm/audit_signer.h"

#include <utility>

#include "crypto/ed25519.h"
#include "hsm/keyring_internal.h"

namespace claviger::hsm {

struct AuditSigner::Impl {
  const ProtectedBlock seed;

  crypto::Ed25519Seed seed_bytes() const { return crypto::Ed25519Seed(seed.bytes()); }
};

AuditSigner::AuditSigner(const Keyring& keyring)
    : impl_(new Impl{KeyringAccess::derive(keyring, "claviger/v1/audit-signing", "ed25519")}),
      public_key_(crypto::ed25519_public_key(impl_->seed_bytes())) {}
AuditSigner::~AuditSigner() = default;
AuditSigner::AuditSigner(AuditSigner&&) noexcept = default;
AuditSigner& AuditSigner::operator=(AuditSigner&&) noexcept = default;

AuditSigner::Signature AuditSigner::sign(ByteSpan message) const {
  return crypto::ed25519_sign(impl_->seed_bytes(), message);
}

}  // namespace claviger::hsm
