// The few places where something that was computed from a secret becomes known to everybody: outcomes of checks,
// lengths of what was opened. The linker leads calls of them through published.cc, so that the server's code needs no
// marks, and every branch outside these places that depends on a secret is reported.
#pragma once

namespace claviger::constant_time {

// How many outcomes that depended on a secret were published since the start.
int published_outcomes();

// While one of these exists, the outcome of RSA decryption is a secret of its own, as in the import of key material,
// where RSA's and AES's failures must look the same.
class SecretRsaOutcome final {
 public:
  SecretRsaOutcome();
  ~SecretRsaOutcome();
  SecretRsaOutcome(const SecretRsaOutcome&) = delete;
  SecretRsaOutcome& operator=(const SecretRsaOutcome&) = delete;
};

}  // namespace claviger::constant_time
