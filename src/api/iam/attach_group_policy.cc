#include "api/iam/actions.h"

#include "api/iam/common.h"
#include "api/iam/conditions.h"
#include "api/iam/fields.h"
#include "iam/permission_rules.h"

namespace claviger::api::iam_actions {
namespace {

struct AttachGroupPolicyRequest {
  std::string group_name;
  std::string policy_arn;
};
constexpr auto kAttachGroupPolicyRequest = wire::members<AttachGroupPolicyRequest>(
    group_name<&AttachGroupPolicyRequest::group_name>(), policy_arn<&AttachGroupPolicyRequest::policy_arn>());

Result<Reply<NoResponse>> attach_group_policy(const Context& context, AttachGroupPolicyRequest& request) {
  CLAVIGER_TRY(check_policy_arn(request.policy_arn));
  CLAVIGER_ASSIGN(
      store::Commit commit,
      iam::attach_policy(rules(context), {iam::EntityKind::kGroup, context.scope.account, request.group_name},
                         request.policy_arn));
  return Reply<NoResponse>({}, std::move(commit));
}

constexpr auto kAttachGroupPolicyConditions =
    kPolicyArn<AttachGroupPolicyRequest, &AttachGroupPolicyRequest::policy_arn>;

}  // namespace

std::unique_ptr<const Action> attach_group_policy_action() {
  return make_action(Definition{.name = "AttachGroupPolicy",
                                .permission = "iam:AttachGroupPolicy",
                                .read_only = false,
                                .request = kAttachGroupPolicyRequest,
                                .response = kNoResponse,
                                .handle = attach_group_policy,
                                .service = Service::kIam,
                                .resource = kGroupResource<&AttachGroupPolicyRequest::group_name>,
                                .conditions = kAttachGroupPolicyConditions});
}

}  // namespace claviger::api::iam_actions
