// An access key with its secret, as it is handed out or chosen.
#pragma once

#include <string>
#include <string_view>

#include "base/random.h"
#include "base/result.h"
#include "base/secret.h"

namespace claviger::iam {

// With the "AWS4" before it the secret then fits one block of SHA-256, and takes the same time at every length.
inline constexpr std::size_t kMaxSecretBytes = 60;

struct AccessKey {
  std::string id;
  SecretBytes secret;
};

// A new long-term key of AWS's form: see make_access_key_id() and make_secret_access_key().
AccessKey make_access_key(RandomSource& random);
// A key that somebody chose. kValidation unless the id has 1 to 128 characters of [A-Za-z0-9_] and the secret 1 to 60
// bytes.
[[nodiscard]] Result<AccessKey> given_access_key(std::string_view id, SecretBytes secret);

// "AWS4" and the secret: the key of the first step of Signature Version 4's derivation.
SecretBytes signing_secret(SecretBytes secret);

}  // namespace claviger::iam
