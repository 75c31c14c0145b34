// AssumeRole and GetSessionToken: who gets temporary credentials, and with which limits (AWS STS API reference).
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "base/secret.h"
#include "iam/caller.h"
#include "iam/session_tokens.h"
#include "iam/snapshot.h"
#include "iam/trust_listener.h"
#include "policy/context.h"

namespace claviger::iam {

inline constexpr std::chrono::seconds kMinSession{900};
inline constexpr std::chrono::seconds kDefaultRoleSession{3600};
inline constexpr std::chrono::seconds kMaxChainedSession{3600};
inline constexpr std::chrono::seconds kDefaultUserSession{43'200};
inline constexpr std::chrono::seconds kMaxUserSession{129'600};
inline constexpr std::chrono::seconds kMaxRootSession{3600};
inline constexpr std::size_t kMaxSessionPolicyCharacters = 2048;
inline constexpr std::size_t kMaxSessionPolicyArns = 10;
inline constexpr std::size_t kMaxSessionTags = 50;

// Everything outlives the call.
struct StsContext {
  const Snapshot& snapshot;
  std::string_view partition;  // of the ARNs made
  const SessionTokens& tokens;
  WallTime now;
  RandomSource& random;
  // What is known of the request beyond what STS adds (aws:SourceIp, ...); null: nothing.
  const policy::Context* request = nullptr;
  // Is told the decisions; null: nobody.
  TrustListener* listener = nullptr;

  void tell_refused(std::string_view permission, std::string_view role_arn, TrustRefusal why) const {
    if (listener != nullptr) listener->trust_refused(permission, role_arn, why);
  }
};

// What limits a session; the same for all ways to get one.
struct SessionWish {
  std::string policy;  // empty: none
  std::vector<std::string> policy_arns;
  std::optional<std::chrono::seconds> duration;
  std::vector<Tag> tags;
  std::vector<std::string> transitive_tag_keys;
  std::string source_identity;
};

struct AssumeRoleWish {
  std::string role_arn;
  std::string session_name;
  std::string external_id;  // empty: none
  SessionWish session;
};

struct IssuedSession {
  std::string access_key_id;
  SecretBytes secret;
  std::string token;
  WallTime expires{};
  // Of a role session: its ARN and `AROA...:name`.
  std::string arn, assumed_role_id;
  // How much of what a token can hold the policies and tags take, in percent; none without any.
  std::optional<int> packed_policy_size;
  std::string source_identity;
};

// kAccessDenied when the role does not exist or may not be assumed, or its session not be tagged (sts:TagSession) or
// given a source identity (sts:SetSourceIdentity); kValidation, kMalformedPolicyDocument, kPackedPolicyTooLarge. The
// trust policy sees sts:ExternalId, sts:RoleSessionName, sts:SourceIdentity, sts:TransitiveTagKeys,
// aws:RequestTag/<key>, aws:TagKeys, aws:ResourceTag/<key>, iam:ResourceTag/<key>, aws:ResourceAccount and what the
// request has.
[[nodiscard]] Result<IssuedSession> assume_role(const StsContext& context, const Caller& caller,
                                                const AssumeRoleWish& wish);

// For a user or root with long-term credentials; kAccessDenied for everybody else. kValidation. No policy is asked.
[[nodiscard]] Result<IssuedSession> get_session_token(const StsContext& context, const Caller& caller,
                                                      std::optional<std::chrono::seconds> duration);

// Credentials of GetSessionToken are good for nothing of STS but AssumeRole and GetCallerIdentity: kAccessDenied for
// another `permission` of STS. (IAM wants MFA of them: see Authenticator.)
[[nodiscard]] Status check_session_reach(const Caller& caller, std::string_view permission);

}  // namespace claviger::iam
