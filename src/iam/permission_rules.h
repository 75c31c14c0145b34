// The rules for what users, groups and roles may do: inline policies, attached policies, permissions boundaries.
#pragma once

#include <string_view>

#include "iam/plan.h"

namespace claviger::iam {

// PutUserPolicy, PutGroupPolicy, PutRolePolicy. A policy of the same name, in any case, is replaced. kNotFound,
// kMalformedPolicyDocument, kLimitExceeded, kValidation.
[[nodiscard]] Result<store::Commit> put_inline_policy(const RuleContext& context, const Holder& holder,
                                                      std::string_view policy_name, std::string_view document);
// DeleteUserPolicy, ... kNotFound.
[[nodiscard]] Result<store::Commit> delete_inline_policy(const RuleContext& context, const Holder& holder,
                                                         std::string_view policy_name);
// AttachUserPolicy, ... Attaching again changes nothing. kNotFound, kLimitExceeded.
[[nodiscard]] Result<store::Commit> attach_policy(const RuleContext& context, const Holder& holder,
                                                  std::string_view policy_arn);
// DetachUserPolicy, ... kNotFound when it is not attached.
[[nodiscard]] Result<store::Commit> detach_policy(const RuleContext& context, const Holder& holder,
                                                  std::string_view policy_arn);
// PutUserPermissionsBoundary, ...; `holder` is a user or role. kNotFound.
[[nodiscard]] Result<store::Commit> put_boundary(const RuleContext& context, const Holder& holder,
                                                 std::string_view policy_arn);
// kNotFound when there is none.
[[nodiscard]] Result<store::Commit> delete_boundary(const RuleContext& context, const Holder& holder);

}  // namespace claviger::iam
