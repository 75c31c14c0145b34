#include "api/iam/actions.h"

#include "api/iam/common.h"
#include "api/iam/conditions.h"
#include "api/iam/fields.h"
#include "iam/entity_rules.h"

namespace claviger::api::iam_actions {
namespace {

struct UpdateAssumeRolePolicyRequest {
  std::string role_name;
  std::string policy_document;
};
constexpr auto kUpdateAssumeRolePolicyRequest =
    wire::members<UpdateAssumeRolePolicyRequest>(role_name<&UpdateAssumeRolePolicyRequest::role_name>(),
                                                 document<&UpdateAssumeRolePolicyRequest::policy_document>());

Result<Reply<NoResponse>> update_assume_role_policy(const Context& context, UpdateAssumeRolePolicyRequest& request) {
  CLAVIGER_ASSIGN(store::Commit commit, iam::update_trust_policy(rules(context), context.scope.account,
                                                                 request.role_name, request.policy_document));
  return Reply<NoResponse>({}, std::move(commit));
}

constexpr auto kUpdateAssumeRolePolicyConditions =
    kEntityTags<UpdateAssumeRolePolicyRequest, iam::EntityKind::kRole, &UpdateAssumeRolePolicyRequest::role_name>;

}  // namespace

std::unique_ptr<const Action> update_assume_role_policy_action() {
  return make_action(Definition{.name = "UpdateAssumeRolePolicy",
                                .permission = "iam:UpdateAssumeRolePolicy",
                                .read_only = false,
                                .request = kUpdateAssumeRolePolicyRequest,
                                .response = kNoResponse,
                                .handle = update_assume_role_policy,
                                .service = Service::kIam,
                                .resource = kRoleResource<&UpdateAssumeRolePolicyRequest::role_name>,
                                .conditions = kUpdateAssumeRolePolicyConditions});
}

}  // namespace claviger::api::iam_actions
