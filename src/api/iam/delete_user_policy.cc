#include "api/iam/actions.h"

#include "api/iam/common.h"
#include "api/iam/conditions.h"
#include "api/iam/fields.h"
#include "iam/permission_rules.h"

namespace claviger::api::iam_actions {
namespace {

struct DeleteUserPolicyRequest {
  std::string user_name;
  std::string policy_name;
};
constexpr auto kDeleteUserPolicyRequest = wire::members<DeleteUserPolicyRequest>(
    user_name<&DeleteUserPolicyRequest::user_name>(), policy_name<&DeleteUserPolicyRequest::policy_name>());

Result<Reply<NoResponse>> delete_user_policy(const Context& context, DeleteUserPolicyRequest& request) {
  CLAVIGER_ASSIGN(
      store::Commit commit,
      iam::delete_inline_policy(rules(context), {iam::EntityKind::kUser, context.scope.account, request.user_name},
                                request.policy_name));
  return Reply<NoResponse>({}, std::move(commit));
}

constexpr auto kDeleteUserPolicyConditions =
    kEntityTags<DeleteUserPolicyRequest, iam::EntityKind::kUser, &DeleteUserPolicyRequest::user_name> +
    kBoundary<DeleteUserPolicyRequest, iam::EntityKind::kUser, &DeleteUserPolicyRequest::user_name>;

}  // namespace

std::unique_ptr<const Action> delete_user_policy_action() {
  return make_action(Definition{.name = "DeleteUserPolicy",
                                .permission = "iam:DeleteUserPolicy",
                                .read_only = false,
                                .request = kDeleteUserPolicyRequest,
                                .response = kNoResponse,
                                .handle = delete_user_policy,
                                .service = Service::kIam,
                                .resource = kUserResource<&DeleteUserPolicyRequest::user_name>,
                                .conditions = kDeleteUserPolicyConditions});
}

}  // namespace claviger::api::iam_actions
