// The stored form of an access key: docs/formats/credential.md.
#pragma once

#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/identifiers.h"
#include "base/result.h"
#include "iam/ids.h"

namespace claviger::iam {

inline constexpr std::size_t kMaxSealedSecretBytes = 4096;

struct CredentialRecord {
  AccountId account;
  std::optional<UniqueId> user;  // whose it is; none: the account's root
  WallTime created;
  Bytes sealed_secret;  // at most kMaxSealedSecretBytes
};

Bytes encode_credential(const CredentialRecord& record);
// kCorrupt for anything that encode_credential() does not make.
[[nodiscard]] Result<CredentialRecord> decode_credential(ByteSpan value);
// What the sealed secret is bound to: the access key id, the account and the user, each behind its length.
Bytes credential_context(std::string_view access_key_id, const AccountId& account, const std::optional<UniqueId>& user);

}  // namespace claviger::iam
