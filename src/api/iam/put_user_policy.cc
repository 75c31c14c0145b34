#include "api/iam/actions.h"

#include "api/iam/common.h"
#include "api/iam/conditions.h"
#include "api/iam/fields.h"
#include "iam/permission_rules.h"

namespace claviger::api::iam_actions {
namespace {

struct PutUserPolicyRequest {
  std::string user_name;
  std::string policy_name;
  std::string policy_document;
};
constexpr auto kPutUserPolicyRequest = wire::members<PutUserPolicyRequest>(
    user_name<&PutUserPolicyRequest::user_name>(), policy_name<&PutUserPolicyRequest::policy_name>(),
    document<&PutUserPolicyRequest::policy_document>());

Result<Reply<NoResponse>> put_user_policy(const Context& context, PutUserPolicyRequest& request) {
  CLAVIGER_ASSIGN(
      store::Commit commit,
      iam::put_inline_policy(rules(context), {iam::EntityKind::kUser, context.scope.account, request.user_name},
                             request.policy_name, request.policy_document));
  return Reply<NoResponse>({}, std::move(commit));
}

constexpr auto kPutUserPolicyConditions =
    kEntityTags<PutUserPolicyRequest, iam::EntityKind::kUser, &PutUserPolicyRequest::user_name> +
    kBoundary<PutUserPolicyRequest, iam::EntityKind::kUser, &PutUserPolicyRequest::user_name>;

}  // namespace

std::unique_ptr<const Action> put_user_policy_action() {
  return make_action(Definition{.name = "PutUserPolicy",
                                .permission = "iam:PutUserPolicy",
                                .read_only = false,
                                .request = kPutUserPolicyRequest,
                                .response = kNoResponse,
                                .handle = put_user_policy,
                                .service = Service::kIam,
                                .resource = kUserResource<&PutUserPolicyRequest::user_name>,
                                .conditions = kPutUserPolicyConditions});
}

}  // namespace claviger::api::iam_actions
