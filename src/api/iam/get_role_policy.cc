#include "api/iam/actions.h"

#include <fmt/format.h>

#include "api/iam/common.h"
#include "api/iam/conditions.h"
#include "api/iam/fields.h"

namespace claviger::api::iam_actions {
namespace {

struct GetRolePolicyRequest {
  std::string role_name;
  std::string policy_name;
};
constexpr auto kGetRolePolicyRequest = wire::members<GetRolePolicyRequest>(
    role_name<&GetRolePolicyRequest::role_name>(), policy_name<&GetRolePolicyRequest::policy_name>());

struct GetRolePolicyResponse {
  std::string role_name;
  std::string policy_name;
  std::string policy_document;
};
constexpr auto kGetRolePolicyResponse = wire::members<GetRolePolicyResponse>(
    wire::required<&GetRolePolicyResponse::role_name>("RoleName"),
    wire::required<&GetRolePolicyResponse::policy_name>("PolicyName"),
    wire::required<&GetRolePolicyResponse::policy_document>("PolicyDocument", wire::url_encoded));

Result<Reply<GetRolePolicyResponse>> get_role_policy(const Context& context, GetRolePolicyRequest& request) {
  CLAVIGER_ASSIGN(const iam::Role* role, iam::find_role(*context.iam, context.scope.account, request.role_name));
  const iam::InlinePolicy* policy = role->record.permissions.find_inline(request.policy_name);
  if (policy == nullptr) {
    return fail(ErrorCode::kNotFound,
                fmt::format("The role policy with name {} cannot be found.", request.policy_name));
  }
  return GetRolePolicyResponse{role->record.name, policy->name, policy->document};
}

constexpr auto kGetRolePolicyConditions =
    kEntityTags<GetRolePolicyRequest, iam::EntityKind::kRole, &GetRolePolicyRequest::role_name>;

}  // namespace

std::unique_ptr<const Action> get_role_policy_action() {
  return make_action(Definition{.name = "GetRolePolicy",
                                .permission = "iam:GetRolePolicy",
                                .read_only = true,
                                .request = kGetRolePolicyRequest,
                                .response = kGetRolePolicyResponse,
                                .handle = get_role_policy,
                                .service = Service::kIam,
                                .resource = kRoleResource<&GetRolePolicyRequest::role_name>,
                                .conditions = kGetRolePolicyConditions});
}

}  // namespace claviger::api::iam_actions
