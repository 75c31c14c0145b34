// AssumeRoleWithWebIdentity: temporary credentials for whoever an OpenID Connect provider vouches for (AWS STS API
// reference). This is how workloads of a Kubernetes cluster come in.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "iam/sts_rules.h"

namespace claviger::iam {

struct WebIdentityWish {
  std::string role_arn;
  std::string session_name;
  // Borrowed for the call: whoever holds the token can use it.
  std::string_view token;
  // Its policies and duration; tags and source identity must be empty, because the API has no such members.
  SessionWish session;
};

struct WebIdentitySession {
  IssuedSession issued;
  std::string provider;  // the ARN
  std::string audience, subject;
  // Who asked, for the audit record: known by the provider alone.
  Caller caller;
};

// How far the clocks of this server and of an issuer may differ where a token says that it is not valid yet.
inline constexpr std::chrono::seconds kWebIdentityClockSkew{60};

// kInvalidIdentityToken for a token that cannot be read, was not signed by a key of its issuer's provider in the role's
// account, or is not for one of the provider's client ids, and when there is no such provider or no key set;
// kExpiredIdentityToken; kAccessDenied when the role does not exist or its trust policy does not allow it; otherwise as
// assume_role(). The trust policy sees `<URL of the provider>:aud`, `:sub` and `:amr`.
[[nodiscard]] Result<WebIdentitySession> assume_role_with_web_identity(const StsContext& context,
                                                                       const WebIdentityWish& wish);

}  // namespace claviger::iam
