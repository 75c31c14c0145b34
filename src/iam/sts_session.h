// The parts that all ways to a role session share. For the .cc files of this room.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "iam/sts_rules.h"
#include "iam/trust_context.h"

namespace claviger::iam {

// A role session on its way: checked, its claims filled as far as the wish says.
struct PlannedSession {
  SessionClaims claims;
  std::optional<int> packed_policy_size;
};

// The wish's policies, tags and duration against the role's limits. `chained` is whether the caller is a role session
// itself; `inherited` are the tags that its session passes on, which the wish may not set again.
[[nodiscard]] Result<PlannedSession> plan_role_session(const StsContext& context, const Role& role,
                                                       std::string_view session_name, const SessionWish& wish,
                                                       bool chained, const std::vector<Tag>& inherited);

// Seals the claims of a planned session with a new access key.
IssuedSession issue(const StsContext& context, PlannedSession planned, const Role* role);

// The account of a role by its ARN; kValidation when it is none of a role.
[[nodiscard]] Result<AccountId> role_account(std::string_view role_arn);

// kValidation for a session name, an external id or a source identity that is not well-formed.
[[nodiscard]] Status check_wish(const AssumeRoleWish& wish);

// What the trust policy must allow, for `action` and for what the session is to be given; `tagged` is whether it gets
// tags, inherited ones included.
std::vector<std::string_view> trust_permissions(std::string_view action, const SessionWish& wish, bool tagged);

// Asks the trust policy, `policies.resource_policy`, for each permission, and tells the context's listener.
// kAccessDenied, in words that a role which does not exist has too.
[[nodiscard]] Status check_trust(const StsContext& context, const std::vector<std::string_view>& permissions,
                                 const Caller& caller, const policy::Policies& policies, std::string_view role_arn,
                                 const TrustContext& trust);

}  // namespace claviger::iam
