#include "api/iam/actions.h"

#include "api/iam/common.h"
#include "api/iam/conditions.h"
#include "api/iam/fields.h"
#include "iam/permission_rules.h"

namespace claviger::api::iam_actions {
namespace {

struct DetachUserPolicyRequest {
  std::string user_name;
  std::string policy_arn;
};
constexpr auto kDetachUserPolicyRequest = wire::members<DetachUserPolicyRequest>(
    new_user_name<&DetachUserPolicyRequest::user_name>(), policy_arn<&DetachUserPolicyRequest::policy_arn>());

Result<Reply<NoResponse>> detach_user_policy(const Context& context, DetachUserPolicyRequest& request) {
  CLAVIGER_TRY(check_policy_arn(request.policy_arn));
  CLAVIGER_ASSIGN(store::Commit commit,
                  iam::detach_policy(rules(context), {iam::EntityKind::kUser, context.scope.account, request.user_name},
                                     request.policy_arn));
  return Reply<NoResponse>({}, std::move(commit));
}

constexpr auto kDetachUserPolicyConditions =
    kEntityTags<DetachUserPolicyRequest, iam::EntityKind::kUser, &DetachUserPolicyRequest::user_name> +
    kPolicyArn<DetachUserPolicyRequest, &DetachUserPolicyRequest::policy_arn> +
    kBoundary<DetachUserPolicyRequest, iam::EntityKind::kUser, &DetachUserPolicyRequest::user_name>;

}  // namespace

std::unique_ptr<const Action> detach_user_policy_action() {
  return make_action(Definition{.name = "DetachUserPolicy",
                                .permission = "iam:DetachUserPolicy",
                                .read_only = false,
                                .request = kDetachUserPolicyRequest,
                                .response = kNoResponse,
                                .handle = detach_user_policy,
                                .service = Service::kIam,
                                .resource = kUserResource<&DetachUserPolicyRequest::user_name>,
                                .conditions = kDetachUserPolicyConditions});
}

}  // namespace claviger::api::iam_actions
