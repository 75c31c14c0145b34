// The stored form of an access key: docs/formats/credential.md.
#pragma once

#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/identifiers.h"
#include "base/result.h"

namespace claviger::iam {

inline constexpr std::string_view kCredentialPrefix = "iam/credential/";
inline constexpr std::size_t kMaxSealedSecretBytes = 4096;

struct CredentialRecord {
  AccountId account;
  WallTime created;
  Bytes sealed_secret;  // at most kMaxSealedSecretBytes
};

std::string credential_key(std::string_view access_key_id);
Bytes encode_credential(const CredentialRecord& record);
// kCorrupt for anything that encode_credential() does not make.
[[nodiscard]] Result<CredentialRecord> decode_credential(ByteSpan value);
// What the sealed secret is bound to: the access key id and the account, each behind its length.
Bytes credential_context(std::string_view access_key_id, const AccountId& account);

}  // namespace claviger::iam
