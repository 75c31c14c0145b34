#include "api/iam/actions.h"

#include "api/iam/common.h"
#include "api/iam/conditions.h"
#include "api/iam/entities.h"
#include "api/iam/fields.h"
#include "iam/policy_rules.h"

namespace claviger::api::iam_actions {
namespace {

struct CreatePolicyVersionRequest {
  std::string policy_arn;
  std::string policy_document;
  std::optional<bool> set_as_default;
};
constexpr auto kCreatePolicyVersionRequest = wire::members<CreatePolicyVersionRequest>(
    policy_arn<&CreatePolicyVersionRequest::policy_arn>(), document<&CreatePolicyVersionRequest::policy_document>(),
    wire::optional<&CreatePolicyVersionRequest::set_as_default>("SetAsDefault"));

struct CreatePolicyVersionResponse {
  PolicyVersionEntry policy_version;
};
constexpr auto kCreatePolicyVersionResponse = wire::members<CreatePolicyVersionResponse>(
    wire::required<&CreatePolicyVersionResponse::policy_version>("PolicyVersion"));

Result<Reply<CreatePolicyVersionResponse>> create_policy_version(const Context& context,
                                                                 CreatePolicyVersionRequest& request) {
  CLAVIGER_ASSIGN(auto planned,
                  iam::create_policy_version(rules(context), context.scope.account, request.policy_arn,
                                             request.policy_document, request.set_as_default.value_or(false)));
  return Reply<CreatePolicyVersionResponse>({version_entry(planned.record, planned.record.versions.back(), false)},
                                            std::move(planned.commit));
}

constexpr auto kCreatePolicyVersionConditions =
    kPolicyTags<CreatePolicyVersionRequest, &CreatePolicyVersionRequest::policy_arn>;

}  // namespace

std::unique_ptr<const Action> create_policy_version_action() {
  return make_action(Definition{.name = "CreatePolicyVersion",
                                .permission = "iam:CreatePolicyVersion",
                                .read_only = false,
                                .request = kCreatePolicyVersionRequest,
                                .response = kCreatePolicyVersionResponse,
                                .handle = create_policy_version,
                                .service = Service::kIam,
                                .resource = policy_resource<&CreatePolicyVersionRequest::policy_arn>,
                                .conditions = kCreatePolicyVersionConditions});
}

}  // namespace claviger::api::iam_actions
