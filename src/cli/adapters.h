// Lets the rooms that may not use hsm/ have what it offers, through the interfaces they declare.
#pragma once

#include "audit/signer.h"
#include "crypto/ed25519.h"
#include "hsm/audit_signer.h"
#include "hsm/keyring.h"
#include "hsm/purpose_sealer.h"
#include "iam/credential_sealer.h"
#include "store/store.h"

namespace claviger::cli {

class StoreSealer final : public store::RecordSealer {
 public:
  StoreSealer(const hsm::Keyring& keyring, RandomSource& random) : sealer_(keyring, "store", random) {}
  Bytes seal(ByteSpan context, ByteSpan value) override { return sealer_.seal(context, value); }
  Result<Bytes> open(ByteSpan context, ByteSpan sealed) override { return sealer_.open(context, sealed); }

 private:
  hsm::PurposeSealer sealer_;
};

class CredentialSealer final : public iam::CredentialSealer {
 public:
  CredentialSealer(const hsm::Keyring& keyring, RandomSource& random) : sealer_(keyring, "iam", random) {}
  Bytes seal(ByteSpan context, const SecretBytes& secret) override { return sealer_.seal(context, secret); }
  Result<SecretBytes> open(ByteSpan context, ByteSpan sealed) override { return sealer_.open_secret(context, sealed); }

 private:
  hsm::PurposeSealer sealer_;
};

// Checks signatures of an audit log with its public key alone.
class AuditVerifier final : public audit::Verifier {
 public:
  explicit AuditVerifier(const hsm::AuditSigner::PublicKey& key) : key_(key) {}
  bool verify(ByteSpan message, ByteSpan signature) const override {
    return crypto::ed25519_verify(key_, message, signature);
  }

 private:
  hsm::AuditSigner::PublicKey key_;
};

class AuditSigner final : public audit::Signer {
 public:
  explicit AuditSigner(const hsm::Keyring& keyring) : signer_(keyring), verifier_(signer_.public_key()) {}
  Bytes sign(ByteSpan message) const override { return to_bytes(signer_.sign(message)); }
  bool verify(ByteSpan message, ByteSpan signature) const override { return verifier_.verify(message, signature); }
  const hsm::AuditSigner::PublicKey& public_key() const { return signer_.public_key(); }

 private:
  hsm::AuditSigner signer_;
  AuditVerifier verifier_;
};

}  // namespace claviger::cli
