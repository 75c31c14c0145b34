// Elliptic curve cofactor Diffie-Hellman (SP 800-56A revision 3, section 5.7.1.2) on the NIST curves and that of SM2,
// whose cofactor is 1. Of SM2 this is not the key exchange of GB/T 32918.3.
#pragma once

#include "base/secret.h"
#include "crypto/asymmetric_key.h"

namespace claviger::crypto {

// Needs two keys of one kind, of P-256, P-384, P-521 or SM2. The x-coordinate of the shared point, as long as the
// field: 32, 48, 66 or 32 bytes. Thread-safe.
SecretBytes agree(const PrivateKey& key, const PublicKey& peer);

}  // namespace claviger::crypto
