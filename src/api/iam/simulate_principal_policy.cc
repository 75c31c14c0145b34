#include "api/iam/actions.h"
#include "api/iam/common.h"
#include "api/iam/conditions.h"
#include "api/iam/simulation.h"

namespace claviger::api::iam_actions {
namespace {

constexpr auto kSimulatePrincipalPolicyRequest = wire::members<SimulationRequest>(
    arn<&SimulationRequest::source_arn>("PolicySourceArn"),
    policy_list<&SimulationRequest::policies, false>("PolicyInputList"),
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

Result<Reply<SimulationResponse>> simulate_principal_policy(const Context& context, SimulationRequest& request) {
  CLAVIGER_ASSIGN(SimulatedPrincipal principal, simulated_principal(context, request.source_arn));
  CLAVIGER_ASSIGN(SimulationResponse response, simulate(context, request, std::move(principal)));
  return response;
}

Result<std::string> simulate_principal_policy_resource(const Context&, const SimulationRequest& request) {
  return request.source_arn;
}

constexpr auto kSimulatePrincipalPolicyConditions = kArnTags<SimulationRequest, &SimulationRequest::source_arn>;

}  // namespace

// Decisions on long lists take a while: not on a loop.
std::unique_ptr<const Action> simulate_principal_policy_action() {
  return make_action(Definition{.name = "SimulatePrincipalPolicy",
                                .permission = "iam:SimulatePrincipalPolicy",
                                .read_only = true,
                                .request = kSimulatePrincipalPolicyRequest,
                                .response = kSimulationResponse,
                                .handle = simulate_principal_policy,
                                .reads_store = true,
                                .service = Service::kIam,
                                .resource = simulate_principal_policy_resource,
                                .conditions = kSimulatePrincipalPolicyConditions});
}

}  // namespace claviger::api::iam_actions
