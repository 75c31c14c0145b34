#include "hsm/audit_signer.h"

#include <gtest/gtest.h>

#include "crypto/ed25519.h"
#include "crypto/random.h"
#include "hsm/test_support.h"

namespace claviger::hsm {
namespace {

TEST(AuditSigner, ItsSignaturesVerifyUnderItsPublicKey) {
  crypto::SystemRandom random;
  const Keyring keyring = Keyring::create_in_memory(random), other = Keyring::create_in_memory(random);
  const AuditSigner signer(keyring);
  const auto signature = signer.sign(as_bytes("digest"));
  EXPECT_TRUE(crypto::ed25519_verify(signer.public_key(), as_bytes("digest"), signature));
  EXPECT_FALSE(crypto::ed25519_verify(signer.public_key(), as_bytes("Digest"), signature));
  EXPECT_FALSE(crypto::ed25519_verify(AuditSigner(other).public_key(), as_bytes("digest"), signature));
}

TEST(AuditSigner, IsTheSameForTheSameKeyring) {
  crypto::SystemRandom random;
  const Keyring keyring = Keyring::create_in_memory(random);
  EXPECT_EQ(AuditSigner(keyring).public_key(), AuditSigner(keyring).public_key());
}

}  // namespace
}  // namespace claviger::hsm
