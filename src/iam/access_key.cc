#include "iam/access_key.h"

#include <algorithm>
#include <utility>

#include "iam/ids.h"

namespace claviger::iam {

AccessKey make_access_key(RandomSource& random) {
  std::string id = make_access_key_id(random);
  return {std::move(id), make_secret_access_key(random)};
}

Result<AccessKey> given_access_key(std::string_view id, SecretBytes secret) {
  if (!is_access_key_id(id)) {
    return fail(Error::validation("An access key id has 1 to 128 characters out of [A-Za-z0-9_]."));
  }
  if (secret.empty() || secret.size() > kMaxSecretBytes) {
    return fail(Error::validation("A secret access key has 1 to 60 bytes."));
  }
  return AccessKey{std::string(id), std::move(secret)};
}

SecretBytes signing_secret(SecretBytes secret) {
  constexpr std::string_view kPrefix = "AWS4";
  const auto size = static_cast<std::ptrdiff_t>(secret.size());
  secret.resize(secret.size() + kPrefix.size());
  const MutableByteSpan bytes = secret.writable();
  std::copy_backward(bytes.begin(), bytes.begin() + size, bytes.end());
  std::copy(kPrefix.begin(), kPrefix.end(), bytes.begin());
  return secret;
}

}  // namespace claviger::iam
