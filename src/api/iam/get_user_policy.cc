#include "api/iam/actions.h"

#include <fmt/format.h>

#include "api/iam/common.h"
#include "api/iam/conditions.h"
#include "api/iam/fields.h"

namespace claviger::api::iam_actions {
namespace {

struct GetUserPolicyRequest {
  std::string user_name;
  std::string policy_name;
};
constexpr auto kGetUserPolicyRequest = wire::members<GetUserPolicyRequest>(
    user_name<&GetUserPolicyRequest::user_name>(), policy_name<&GetUserPolicyRequest::policy_name>());

struct GetUserPolicyResponse {
  std::string user_name;
  std::string policy_name;
  std::string policy_document;
};
constexpr auto kGetUserPolicyResponse = wire::members<GetUserPolicyResponse>(
    wire::required<&GetUserPolicyResponse::user_name>("UserName"),
    wire::required<&GetUserPolicyResponse::policy_name>("PolicyName"),
    wire::required<&GetUserPolicyResponse::policy_document>("PolicyDocument", wire::url_encoded));

Result<Reply<GetUserPolicyResponse>> get_user_policy(const Context& context, GetUserPolicyRequest& request) {
  CLAVIGER_ASSIGN(const iam::User* user, iam::find_user(*context.iam, context.scope.account, request.user_name));
  const iam::InlinePolicy* policy = user->record.permissions.find_inline(request.policy_name);
  if (policy == nullptr) {
    return fail(ErrorCode::kNotFound,
                fmt::format("The user policy with name {} cannot be found.", request.policy_name));
  }
  return GetUserPolicyResponse{user->record.name, policy->name, policy->document};
}

constexpr auto kGetUserPolicyConditions =
    kEntityTags<GetUserPolicyRequest, iam::EntityKind::kUser, &GetUserPolicyRequest::user_name>;

}  // namespace

std::unique_ptr<const Action> get_user_policy_action() {
  return make_action(Definition{.name = "GetUserPolicy",
                                .permission = "iam:GetUserPolicy",
                                .read_only = true,
                                .request = kGetUserPolicyRequest,
                                .response = kGetUserPolicyResponse,
                                .handle = get_user_policy,
                                .service = Service::kIam,
                                .resource = kUserResource<&GetUserPolicyRequest::user_name>,
                                .conditions = kGetUserPolicyConditions});
}

}  // namespace claviger::api::iam_actions
