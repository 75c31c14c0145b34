#include "api/kms/submitted_policy.h"

#include "policy/key_policy.h"

namespace claviger::api::kms {

Result<policy::Document> accept_submitted_policy(const Context& context, const SubmittedPolicy& submitted) {
  const policy::Policies limits = context.caller.policies(context.scope.account);
  return policy::accept_key_policy({.json = submitted.json,
                                    .submitter = context.caller.principal(),
                                    .key_arn = submitted.key_arn,
                                    .owner = context.scope.account,
                                    .bypass_lockout_safety_check = submitted.bypass_lockout_safety_check,
                                    .context = context.conditions,
                                    .boundary = limits.boundary,
                                    .session = limits.session},
                                   *context.services.principals);
}

}  // namespace claviger::api::kms
