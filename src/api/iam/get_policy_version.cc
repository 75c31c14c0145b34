#include "api/iam/actions.h"

#include <fmt/format.h>

#include "api/iam/common.h"
#include "api/iam/conditions.h"
#include "api/iam/entities.h"
#include "api/iam/fields.h"
#include "iam/policy_rules.h"

namespace claviger::api::iam_actions {
namespace {

struct GetPolicyVersionRequest {
  std::string policy_arn;
  std::string version_id;
};
constexpr auto kGetPolicyVersionRequest = wire::members<GetPolicyVersionRequest>(
    policy_arn<&GetPolicyVersionRequest::policy_arn>(), version_id<&GetPolicyVersionRequest::version_id>());

struct GetPolicyVersionResponse {
  PolicyVersionEntry policy_version;
};
constexpr auto kGetPolicyVersionResponse =
    wire::members<GetPolicyVersionResponse>(wire::required<&GetPolicyVersionResponse::policy_version>("PolicyVersion"));

Result<Reply<GetPolicyVersionResponse>> get_policy_version(const Context& context, GetPolicyVersionRequest& request) {
  CLAVIGER_ASSIGN(const iam::ManagedPolicy* policy, find_policy(context, request.policy_arn));
  const auto number = iam::parse_version_id(request.version_id);
  const iam::PolicyVersion* version = number ? policy->record.find_version(*number) : nullptr;
  if (version == nullptr) {
    return fail(ErrorCode::kNotFound, fmt::format("Policy {} version {} does not exist or is not attachable.",
                                                  request.policy_arn, request.version_id));
  }
  return GetPolicyVersionResponse{version_entry(policy->record, *version, true)};
}

constexpr auto kGetPolicyVersionConditions = kPolicyTags<GetPolicyVersionRequest, &GetPolicyVersionRequest::policy_arn>;

}  // namespace

std::unique_ptr<const Action> get_policy_version_action() {
  return make_action(Definition{.name = "GetPolicyVersion",
                                .permission = "iam:GetPolicyVersion",
                                .read_only = true,
                                .request = kGetPolicyVersionRequest,
                                .response = kGetPolicyVersionResponse,
                                .handle = get_policy_version,
                                .service = Service::kIam,
                                .resource = policy_resource<&GetPolicyVersionRequest::policy_arn>,
                                .conditions = kGetPolicyVersionConditions});
}

}  // namespace claviger::api::iam_actions
