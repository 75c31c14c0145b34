#include "api/iam/actions.h"

#include "api/iam/common.h"
#include "api/iam/conditions.h"
#include "api/iam/fields.h"
#include "iam/permission_rules.h"

namespace claviger::api::iam_actions {
namespace {

struct AttachUserPolicyRequest {
  std::string user_name;
  std::string policy_arn;
};
constexpr auto kAttachUserPolicyRequest = wire::members<AttachUserPolicyRequest>(
    new_user_name<&AttachUserPolicyRequest::user_name>(), policy_arn<&AttachUserPolicyRequest::policy_arn>());

Result<Reply<NoResponse>> attach_user_policy(const Context& context, AttachUserPolicyRequest& request) {
  CLAVIGER_TRY(check_policy_arn(request.policy_arn));
  CLAVIGER_ASSIGN(store::Commit commit,
                  iam::attach_policy(rules(context), {iam::EntityKind::kUser, context.scope.account, request.user_name},
                                     request.policy_arn));
  return Reply<NoResponse>({}, std::move(commit));
}

constexpr auto kAttachUserPolicyConditions =
    kEntityTags<AttachUserPolicyRequest, iam::EntityKind::kUser, &AttachUserPolicyRequest::user_name> +
    kPolicyArn<AttachUserPolicyRequest, &AttachUserPolicyRequest::policy_arn> +
    kBoundary<AttachUserPolicyRequest, iam::EntityKind::kUser, &AttachUserPolicyRequest::user_name>;

}  // namespace

std::unique_ptr<const Action> attach_user_policy_action() {
  return make_action(Definition{.name = "AttachUserPolicy",
                                .permission = "iam:AttachUserPolicy",
                                .read_only = false,
                                .request = kAttachUserPolicyRequest,
                                .response = kNoResponse,
                                .handle = attach_user_policy,
                                .service = Service::kIam,
                                .resource = kUserResource<&AttachUserPolicyRequest::user_name>,
                                .conditions = kAttachUserPolicyConditions});
}

}  // namespace claviger::api::iam_actions
