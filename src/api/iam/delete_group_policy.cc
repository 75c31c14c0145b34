#include "api/iam/actions.h"

#include "api/iam/common.h"
#include "api/iam/fields.h"
#include "iam/permission_rules.h"

namespace claviger::api::iam_actions {
namespace {

struct DeleteGroupPolicyRequest {
  std::string group_name;
  std::string policy_name;
};
constexpr auto kDeleteGroupPolicyRequest = wire::members<DeleteGroupPolicyRequest>(
    group_name<&DeleteGroupPolicyRequest::group_name>(), policy_name<&DeleteGroupPolicyRequest::policy_name>());

Result<Reply<NoResponse>> delete_group_policy(const Context& context, DeleteGroupPolicyRequest& request) {
  CLAVIGER_ASSIGN(
      store::Commit commit,
      iam::delete_inline_policy(rules(context), {iam::EntityKind::kGroup, context.scope.account, request.group_name},
                                request.policy_name));
  return Reply<NoResponse>({}, std::move(commit));
}

}  // namespace

std::unique_ptr<const Action> delete_group_policy_action() {
  return make_action(Definition{.name = "DeleteGroupPolicy",
                                .permission = "iam:DeleteGroupPolicy",
                                .read_only = false,
                                .request = kDeleteGroupPolicyRequest,
                                .response = kNoResponse,
                                .handle = delete_group_policy,
                                .service = Service::kIam,
                                .resource = kGroupResource<&DeleteGroupPolicyRequest::group_name>});
}

}  // namespace claviger::api::iam_actions
