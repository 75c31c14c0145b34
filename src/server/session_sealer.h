// Lets iam/ seal session tokens, which may not use hsm/.
#pragma once

#include "hsm/purpose_sealer.h"
#include "iam/session_tokens.h"

namespace claviger::server {

class SessionSealer final : public iam::SessionSealer {
 public:
  // As hsm::PurposeSealer.
  SessionSealer(const hsm::Keyring& keyring, RandomSource& random) : sealer_(keyring, "sts", random) {}
  Bytes seal(ByteSpan context, ByteSpan value) override { return sealer_.seal(context, value); }
  Bytes seal(ByteSpan context, const SecretBytes& secret) override { return sealer_.seal(context, secret); }
  Result<Bytes> open(ByteSpan context, ByteSpan sealed) override { return sealer_.open(context, sealed); }
  Result<SecretBytes> open_secret(ByteSpan context, ByteSpan sealed) override {
    return sealer_.open_secret(context, sealed);
  }

 private:
  hsm::PurposeSealer sealer_;
};

}  // namespace claviger::server
