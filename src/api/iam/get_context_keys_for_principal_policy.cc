#include "api/iam/actions.h"
#include "api/iam/common.h"
#include "api/iam/conditions.h"
#include "api/iam/simulation.h"

namespace claviger::api::iam_actions {
namespace {

struct PrincipalKeysRequest {
  std::string source_arn;
  std::vector<std::string> policies;
};
constexpr auto kGetContextKeysForPrincipalPolicyRequest =
    wire::members<PrincipalKeysRequest>(arn<&PrincipalKeysRequest::source_arn>("PolicySourceArn"),
                                        policy_list<&PrincipalKeysRequest::policies, false>("PolicyInputList"));

Result<Reply<ContextKeysResponse>> get_context_keys_for_principal_policy(const Context& context,
                                                                         PrincipalKeysRequest& request) {
  CLAVIGER_ASSIGN(SimulatedPrincipal principal, simulated_principal(context, request.source_arn));
  CLAVIGER_ASSIGN(const std::vector<SimulatedPolicy> more, parse_policies(request.policies, "PolicyInputList"));
  principal.policies.insert(principal.policies.end(), more.begin(), more.end());
  return ContextKeysResponse{context_keys(principal.policies)};
}

Result<std::string> get_context_keys_for_principal_policy_resource(const Context&,
                                                                   const PrincipalKeysRequest& request) {
  return request.source_arn;
}

constexpr auto kGetContextKeysForPrincipalPolicyConditions =
    kArnTags<PrincipalKeysRequest, &PrincipalKeysRequest::source_arn>;

}  // namespace

// Decisions on long lists take a while: not on a loop.
std::unique_ptr<const Action> get_context_keys_for_principal_policy_action() {
  return make_action(Definition{.name = "GetContextKeysForPrincipalPolicy",
                                .permission = "iam:GetContextKeysForPrincipalPolicy",
                                .read_only = true,
                                .request = kGetContextKeysForPrincipalPolicyRequest,
                                .response = kContextKeysResponse,
                                .handle = get_context_keys_for_principal_policy,
                                .reads_store = true,
                                .service = Service::kIam,
                                .resource = get_context_keys_for_principal_policy_resource,
                                .conditions = kGetContextKeysForPrincipalPolicyConditions});
}

}  // namespace claviger::api::iam_actions
