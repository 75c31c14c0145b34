#include "api/kms/submitted_policy.h"

#include "policy/key_policy.h"

namespace claviger::api::kms {

Result<policy::Document> accept_submitted_policy(const Context& context, const SubmittedPolicy& submitted) {
  CLAVIGER_ASSIGN(policy::Document document,
                  policy::accept_key_policy({.json = submitted.json,
                                             .submitter = context.caller.principal(),
                                             .key_arn = submitted.key_arn,
                                             .owner = context.scope.account,
                                             .bypass_lockout_safety_check = submitted.bypass_lockout_safety_check},
                                            *context.services.principals));
  if (document.uses_context()) {
    return fail(ErrorCode::kUnsupportedOperation,
                "Conditions and policy variables in a key policy are not supported yet: a policy is only stored when "
                "all of it is enforced.");
  }
  return document;
}

}  // namespace claviger::api::kms
