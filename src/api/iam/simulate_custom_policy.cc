#include "api/iam/actions.h"
#include "api/iam/common.h"
#include "api/iam/simulation.h"

namespace claviger::api::iam_actions {
namespace {

constexpr auto kSimulateCustomPolicyRequest = wire::members<SimulationRequest>(
    policy_list<&SimulationRequest::policies, true>("PolicyInputList"),
    policy_list<&SimulationRequest::boundaries, false>("PermissionsBoundaryPolicyInputList"),
    wire::required<&SimulationRequest::action_names>("ActionNames", wire::each(wire::length(3, 128))),
    wire::optional<&SimulationRequest::resource_arns>("ResourceArns", wire::each(wire::length(1, 2048))),
    wire::optional<&SimulationRequest::resource_policy>("ResourcePolicy", wire::length(1, 131'072),
                                                        wire::pattern(patterns::kDocument)),
    wire::optional<&SimulationRequest::resource_owner>("ResourceOwner", wire::length(1, 2048)),
    wire::optional<&SimulationRequest::caller_arn>("CallerArn", wire::length(1, 2048)),
    wire::optional<&SimulationRequest::context_entries>("ContextEntries"),
    wire::unsupported("ResourceHandlingOption", "it is for EC2 instances"), max_items<&SimulationRequest::max_items>(),
    marker<&SimulationRequest::marker>());

Result<Reply<SimulationResponse>> simulate_custom_policy(const Context& context, SimulationRequest& request) {
  CLAVIGER_ASSIGN(SimulationResponse response, simulate(context, request, {}));
  return response;
}

}  // namespace

// Decisions on long lists take a while: not on a loop.
std::unique_ptr<const Action> simulate_custom_policy_action() {
  return make_action(Definition{.name = "SimulateCustomPolicy",
                                .permission = "iam:SimulateCustomPolicy",
                                .read_only = true,
                                .request = kSimulateCustomPolicyRequest,
                                .response = kSimulationResponse,
                                .handle = simulate_custom_policy,
                                .reads_store = true,
                                .service = Service::kIam});
}

}  // namespace claviger::api::iam_actions
