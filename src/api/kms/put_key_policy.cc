#include "api/kms/actions.h"
#include "api/kms/conditions.h"
#include "api/kms/policy_name.h"
#include "api/kms/submitted_policy.h"

namespace claviger::api::kms {
namespace {

struct PutKeyPolicyRequest {
  std::string key_id;
  std::optional<std::string> policy_name;
  std::string policy;
  std::optional<bool> bypass_policy_lockout_safety_check;
};
constexpr auto kPutKeyPolicyRequest = wire::members<PutKeyPolicyRequest>(
    wire::required<&PutKeyPolicyRequest::key_id>("KeyId", kKeyIdLength),
    wire::optional<&PutKeyPolicyRequest::policy_name>("PolicyName", wire::length(1, 128),
                                                      wire::pattern(kPolicyNamePattern)),
    wire::required<&PutKeyPolicyRequest::policy>("Policy", wire::length(1, 131072), wire::pattern(kPolicyPattern)),
    wire::optional<&PutKeyPolicyRequest::bypass_policy_lockout_safety_check>("BypassPolicyLockoutSafetyCheck",
                                                                             wire::audit_always));

Result<Targets> put_key_policy_targets(const PutKeyPolicyRequest& request) {
  return Targets{managed_key(request.key_id, "kms:PutKeyPolicy", keys::StateRule::kAny)};
}

Result<Reply<NoResponse>> put_key_policy(const Context& context, PutKeyPolicyRequest& request) {
  CLAVIGER_TRY(check_policy_name(request.policy_name));
  const AuthorizedKey& key = context.key();
  CLAVIGER_ASSIGN(const policy::Document document,
                  accept_submitted_policy(context, {request.policy, key.arn(),
                                                    request.bypass_policy_lockout_safety_check.value_or(false)}));
  keys::KeyRecord record = key.record();
  record.policy = document.text();
  record.policy_bindings = document.bindings();
  return Reply<NoResponse>({}, replace_record(key, record));
}

}  // namespace

std::unique_ptr<const Action> put_key_policy_action() {
  return make_action(Definition{
      .name = "PutKeyPolicy",
      .permission = "kms:PutKeyPolicy",
      .read_only = false,
      .request = kPutKeyPolicyRequest,
      .response = kNoResponse,
      .targets = put_key_policy_targets,
      .handle = put_key_policy,
      .conditions =
          kBypassesLockoutCheck<PutKeyPolicyRequest, &PutKeyPolicyRequest::bypass_policy_lockout_safety_check>});
}

}  // namespace claviger::api::kms
