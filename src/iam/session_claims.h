// What a session token says: everything that is needed to act on it, so that any node can do so without a lookup. The
// format is described in docs/formats/session-token.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/identifiers.h"
#include "base/result.h"
#include "iam/ids.h"
#include "iam/record_parts.h"

namespace claviger::iam {

// The numbers are in tokens: never reused, never changed.
enum class SessionKind : std::uint8_t {
  kRole = 1,  // AssumeRole, AssumeRoleWithWebIdentity
  kUser = 2,  // GetSessionToken by a user
  kRoot = 3,  // GetSessionToken by the root of an account
};

struct SessionClaims {
  SessionKind kind = SessionKind::kRole;
  AccountId account;
  // The role or user; none for kRoot. The session ends with it.
  std::optional<UniqueId> principal;
  std::string access_key_id;
  WallTime issued{};
  WallTime expires{};
  std::string name;                // of kRole: the session's
  std::string parent_access_key;   // of the others: the key that asked for the session, which ends with it
  std::string policy;              // the inline session policy; empty: none
  std::vector<UniqueId> policies;  // managed session policies
  std::vector<Tag> tags;
  std::vector<std::string> transitive_tag_keys;
  std::string source_identity;
  // Of a session that an identity provider vouched for.
  std::string federated_provider, web_identity_audience, web_identity_subject;

  friend bool operator==(const SessionClaims&, const SessionClaims&) = default;
};

Bytes encode(const SessionClaims& claims);
// kCorrupt for anything that encode() does not make.
[[nodiscard]] Result<SessionClaims> decode_session_claims(ByteSpan bytes);

}  // namespace claviger::iam
