#include "api/iam/actions.h"

#include <fmt/format.h>

#include "api/iam/common.h"
#include "api/iam/fields.h"

namespace claviger::api::iam_actions {
namespace {

struct GetGroupPolicyRequest {
  std::string group_name;
  std::string policy_name;
};
constexpr auto kGetGroupPolicyRequest = wire::members<GetGroupPolicyRequest>(
    group_name<&GetGroupPolicyRequest::group_name>(), policy_name<&GetGroupPolicyRequest::policy_name>());

struct GetGroupPolicyResponse {
  std::string group_name;
  std::string policy_name;
  std::string policy_document;
};
constexpr auto kGetGroupPolicyResponse = wire::members<GetGroupPolicyResponse>(
    wire::required<&GetGroupPolicyResponse::group_name>("GroupName"),
    wire::required<&GetGroupPolicyResponse::policy_name>("PolicyName"),
    wire::required<&GetGroupPolicyResponse::policy_document>("PolicyDocument", wire::url_encoded));

Result<Reply<GetGroupPolicyResponse>> get_group_policy(const Context& context, GetGroupPolicyRequest& request) {
  CLAVIGER_ASSIGN(const iam::Group* group, iam::find_group(*context.iam, context.scope.account, request.group_name));
  const iam::InlinePolicy* policy = group->record.permissions.find_inline(request.policy_name);
  if (policy == nullptr) {
    return fail(ErrorCode::kNotFound,
                fmt::format("The group policy with name {} cannot be found.", request.policy_name));
  }
  return GetGroupPolicyResponse{group->record.name, policy->name, policy->document};
}

}  // namespace

std::unique_ptr<const Action> get_group_policy_action() {
  return make_action(Definition{.name = "GetGroupPolicy",
                                .permission = "iam:GetGroupPolicy",
                                .read_only = true,
                                .request = kGetGroupPolicyRequest,
                                .response = kGetGroupPolicyResponse,
                                .handle = get_group_policy,
                                .service = Service::kIam,
                                .resource = kGroupResource<&GetGroupPolicyRequest::group_name>});
}

}  // namespace claviger::api::iam_actions
