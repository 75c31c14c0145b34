#include "api/iam/actions.h"
#include "api/iam/common.h"
#include "api/iam/simulation.h"

namespace claviger::api::iam_actions {
namespace {

struct CustomKeysRequest {
  std::vector<std::string> policies;
};
constexpr auto kGetContextKeysForCustomPolicyRequest =
    wire::members<CustomKeysRequest>(policy_list<&CustomKeysRequest::policies, true>("PolicyInputList"));

Result<Reply<ContextKeysResponse>> get_context_keys_for_custom_policy(const Context&, CustomKeysRequest& request) {
  CLAVIGER_ASSIGN(const std::vector<SimulatedPolicy> policies, parse_policies(request.policies, "PolicyInputList"));
  return ContextKeysResponse{context_keys(policies)};
}

}  // namespace

// Decisions on long lists take a while: not on a loop.
std::unique_ptr<const Action> get_context_keys_for_custom_policy_action() {
  return make_action(Definition{.name = "GetContextKeysForCustomPolicy",
                                .permission = "iam:GetContextKeysForCustomPolicy",
                                .read_only = true,
                                .request = kGetContextKeysForCustomPolicyRequest,
                                .response = kContextKeysResponse,
                                .handle = get_context_keys_for_custom_policy,
                                .reads_store = true,
                                .service = Service::kIam});
}

}  // namespace claviger::api::iam_actions
