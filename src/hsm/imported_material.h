// Key material as its owner made it: what it must be, and what is kept of it. Included by hsm/*.cc and tests only.
#pragma once

#include <optional>

#include "base/bytes.h"
#include "base/secret.h"
#include "hsm/ciphertext.h"
#include "hsm/session.h"

namespace claviger::hsm {

struct ImportedMaterial {
  // What key tokens hold: the bytes as they came, or the private key in DER.
  SecretBytes backing_key;
  MaterialId id{};
  Bytes public_key;  // of asymmetric specs, DER SubjectPublicKeyInfo
};

// By spec: 32 bytes of SYMMETRIC_DEFAULT; of HMAC from as many as its hash has up to 128; of RSA, elliptic curves and
// SM2 a PKCS #8 PrivateKeyInfo as crypto::PrivateKey::parse() takes it. Nothing for anything else, and for the specs
// that are not imported (ML-DSA). Takes up to a second for RSA, whose primes are tested.
//
// The same material in the same key of the same account always has the same id, also in another Region, where it may
// be the material of a related multi-Region key; in another key it has another id. Of a private key the encoding does
// not matter.
[[nodiscard]] std::optional<ImportedMaterial> accept_material(const KeyBinding& binding, SecretBytes material);

}  // namespace claviger::hsm
