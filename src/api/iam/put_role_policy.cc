#include "api/iam/actions.h"

#include "api/iam/common.h"
#include "api/iam/conditions.h"
#include "api/iam/fields.h"
#include "iam/permission_rules.h"

namespace claviger::api::iam_actions {
namespace {

struct PutRolePolicyRequest {
  std::string role_name;
  std::string policy_name;
  std::string policy_document;
};
constexpr auto kPutRolePolicyRequest = wire::members<PutRolePolicyRequest>(
    role_name<&PutRolePolicyRequest::role_name>(), policy_name<&PutRolePolicyRequest::policy_name>(),
    document<&PutRolePolicyRequest::policy_document>());

Result<Reply<NoResponse>> put_role_policy(const Context& context, PutRolePolicyRequest& request) {
  CLAVIGER_ASSIGN(
      store::Commit commit,
      iam::put_inline_policy(rules(context), {iam::EntityKind::kRole, context.scope.account, request.role_name},
                             request.policy_name, request.policy_document));
  return Reply<NoResponse>({}, std::move(commit));
}

constexpr auto kPutRolePolicyConditions =
    kEntityTags<PutRolePolicyRequest, iam::EntityKind::kRole, &PutRolePolicyRequest::role_name> +
    kBoundary<PutRolePolicyRequest, iam::EntityKind::kRole, &PutRolePolicyRequest::role_name>;

}  // namespace

std::unique_ptr<const Action> put_role_policy_action() {
  return make_action(Definition{.name = "PutRolePolicy",
                                .permission = "iam:PutRolePolicy",
                                .read_only = false,
                                .request = kPutRolePolicyRequest,
                                .response = kNoResponse,
                                .handle = put_role_policy,
                                .service = Service::kIam,
                                .resource = kRoleResource<&PutRolePolicyRequest::role_name>,
                                .conditions = kPutRolePolicyConditions});
}

}  // namespace claviger::api::iam_actions
