// AssumeRoleWithWebIdentity: temporary credentials for whoever an OpenID Connect provider vouches for (AWS STS API
// reference). This is how workloads of a Kubernetes cluster come in. Two steps: who it is, and what it gets.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"
#include "iam/caller.h"
#include "iam/snapshot.h"
#include "iam/sts_rules.h"

namespace claviger::iam {

// How far the clocks of this server and of an issuer may differ where a token says that it is not valid yet.
inline constexpr std::chrono::seconds kWebIdentityClockSkew{60};

// Who brings the token `text`, which is UTF-8, for the role `role_arn`: a Caller of kWebIdentity.
// kValidation when the ARN is none of a role; kInvalidIdentityToken for a token that cannot be read, was not signed by
// a key of its issuer's provider in the role's account, or is not for one of the provider's client ids, and when there
// is no such provider or no key set; kExpiredIdentityToken. Whether the role exists is not looked at.
[[nodiscard]] Result<Caller> identify_web_identity(const Snapshot& snapshot, std::string_view partition, WallTime now,
                                                   std::string_view role_arn, const SecretBytes& text);

// `wish` has no tags and no source identity: those of the token are taken. `caller` comes from identify_web_identity()
// with the role's ARN. kAccessDenied when the role does not exist or its trust policy does not allow it, with the tags
// and the source identity; otherwise as assume_role(). The trust policy sees `<URL of the provider>:aud`, `:sub` and
// `:amr`.
[[nodiscard]] Result<IssuedSession> assume_role_with_web_identity(const StsContext& context, const Caller& caller,
                                                                  const AssumeRoleWish& wish);

}  // namespace claviger::iam
