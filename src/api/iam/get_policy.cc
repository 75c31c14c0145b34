#include "api/iam/actions.h"

#include "api/iam/common.h"
#include "api/iam/conditions.h"
#include "api/iam/entities.h"
#include "api/iam/fields.h"

namespace claviger::api::iam_actions {
namespace {

struct GetPolicyRequest {
  std::string policy_arn;
};
constexpr auto kGetPolicyRequest = wire::members<GetPolicyRequest>(policy_arn<&GetPolicyRequest::policy_arn>());

struct GetPolicyResponse {
  PolicyEntry policy;
};
constexpr auto kGetPolicyResponse =
    wire::members<GetPolicyResponse>(wire::required<&GetPolicyResponse::policy>("Policy"));

Result<Reply<GetPolicyResponse>> get_policy(const Context& context, GetPolicyRequest& request) {
  CLAVIGER_ASSIGN(const iam::ManagedPolicy* policy, find_policy(context, request.policy_arn));
  return GetPolicyResponse{policy_entry(context, policy->record, Detail::kFull)};
}

constexpr auto kGetPolicyConditions = kPolicyTags<GetPolicyRequest, &GetPolicyRequest::policy_arn>;

}  // namespace

std::unique_ptr<const Action> get_policy_action() {
  return make_action(Definition{.name = "GetPolicy",
                                .permission = "iam:GetPolicy",
                                .read_only = true,
                                .request = kGetPolicyRequest,
                                .response = kGetPolicyResponse,
                                .handle = get_policy,
                                .service = Service::kIam,
                                .resource = policy_resource<&GetPolicyRequest::policy_arn>,
                                .conditions = kGetPolicyConditions});
}

}  // namespace claviger::api::iam_actions
