// Elliptic curve cofactor Diffie-Hellman (SP 800-56A revision 3, section 5.7.1.2) on the NIST curves, whose cofactor
// is 1.
#pragma once

#include "base/secret.h"
#include "crypto/asymmetric_key.h"

namespace claviger::crypto {

// Needs two keys of one kind, of P-256, P-384 or P-521. The x-coordinate of the shared point, as long as the field: 32,
// 48 or 66 bytes. Thread-safe.
SecretBytes agree(const PrivateKey& key, const PublicKey& peer);

}  // namespace claviger::crypto
