// Who is told what was decided about whoever wants to assume a role, so that it can be explained to those who run the
// server.
#pragma once

#include <cstdint>
#include <string_view>

#include "policy/decision.h"

namespace claviger::iam {

// Why a role may not be assumed though no policy was asked. To the caller all of them look like a refusal by a policy.
enum class TrustRefusal : std::uint8_t {
  kNoSuchRole,
  kUnusableRole,         // a policy of it is missing or cannot be read (Identity::usable)
  kSourceIdentityIsSet,  // the caller's session has a source identity, which stays, and the call wants another
};

class TrustListener {
 public:
  virtual ~TrustListener() = default;
  // Right after policy::decide_trust() and on its thread, once for each permission that was asked for, in their order;
  // a refusal is the last. Everything is borrowed for the call.
  virtual void trust_decided(const policy::Question& question, const policy::Policies& policies,
                             const policy::Decision& decision) = 0;
  // In place of a decision.
  virtual void trust_refused(std::string_view permission, std::string_view role_arn, TrustRefusal why) = 0;
};

}  // namespace claviger::iam
