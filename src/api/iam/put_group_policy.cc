#include "api/iam/actions.h"

#include "api/iam/common.h"
#include "api/iam/fields.h"
#include "iam/permission_rules.h"

namespace claviger::api::iam_actions {
namespace {

struct PutGroupPolicyRequest {
  std::string group_name;
  std::string policy_name;
  std::string policy_document;
};
constexpr auto kPutGroupPolicyRequest = wire::members<PutGroupPolicyRequest>(
    group_name<&PutGroupPolicyRequest::group_name>(), policy_name<&PutGroupPolicyRequest::policy_name>(),
    document<&PutGroupPolicyRequest::policy_document>());

Result<Reply<NoResponse>> put_group_policy(const Context& context, PutGroupPolicyRequest& request) {
  CLAVIGER_ASSIGN(
      store::Commit commit,
      iam::put_inline_policy(rules(context), {iam::EntityKind::kGroup, context.scope.account, request.group_name},
                             request.policy_name, request.policy_document));
  return Reply<NoResponse>({}, std::move(commit));
}

}  // namespace

std::unique_ptr<const Action> put_group_policy_action() {
  return make_action(Definition{.name = "PutGroupPolicy",
                                .permission = "iam:PutGroupPolicy",
                                .read_only = false,
                                .request = kPutGroupPolicyRequest,
                                .response = kNoResponse,
                                .handle = put_group_policy,
                                .service = Service::kIam,
                                .resource = kGroupResource<&PutGroupPolicyRequest::group_name>});
}

}  // namespace claviger::api::iam_actions
