#include "api/kms/actions.h"
#include "api/kms/policy_name.h"
#include "policy/bindings.h"

namespace claviger::api::kms {
namespace {

struct GetKeyPolicyRequest {
  std::string key_id;
  std::optional<std::string> policy_name;
};
constexpr auto kGetKeyPolicyRequest =
    wire::members<GetKeyPolicyRequest>(wire::required<&GetKeyPolicyRequest::key_id>("KeyId", kKeyIdLength),
                                       wire::optional<&GetKeyPolicyRequest::policy_name>(
                                           "PolicyName", wire::length(1, 128), wire::pattern(kPolicyNamePattern)));

struct GetKeyPolicyResponse {
  std::string policy;
  std::string policy_name;
};
constexpr auto kGetKeyPolicyResponse =
    wire::members<GetKeyPolicyResponse>(wire::required<&GetKeyPolicyResponse::policy>("Policy"),
                                        wire::required<&GetKeyPolicyResponse::policy_name>("PolicyName"));

Result<Targets> get_key_policy_targets(const GetKeyPolicyRequest& request) {
  return Targets{managed_key(request.key_id, "kms:GetKeyPolicy", keys::StateRule::kAny)};
}

Result<Reply<GetKeyPolicyResponse>> get_key_policy(const Context& context, GetKeyPolicyRequest& request) {
  CLAVIGER_TRY(check_policy_name(request.policy_name));
  return GetKeyPolicyResponse{policy::shown_text(context.key().policy(), *context.services.principals),
                              std::string(kPolicyName)};
}

}  // namespace

std::unique_ptr<const Action> get_key_policy_action() {
  return make_action(Definition{.name = "GetKeyPolicy",
                                .permission = "kms:GetKeyPolicy",
                                .read_only = true,
                                .request = kGetKeyPolicyRequest,
                                .response = kGetKeyPolicyResponse,
                                .targets = get_key_policy_targets,
                                .handle = get_key_policy});
}

}  // namespace claviger::api::kms
