#include "api/iam/actions.h"

#include "api/iam/common.h"
#include "api/iam/conditions.h"
#include "api/iam/fields.h"
#include "iam/tag_rules.h"

namespace claviger::api::iam_actions {
namespace {

struct UntagPolicyRequest {
  std::string policy_arn;
  std::vector<std::string> tag_keys;
};
constexpr auto kUntagPolicyRequest = wire::members<UntagPolicyRequest>(policy_arn<&UntagPolicyRequest::policy_arn>(),
                                                                       tag_keys<&UntagPolicyRequest::tag_keys>());

Result<Reply<NoResponse>> untag_policy(const Context& context, UntagPolicyRequest& request) {
  CLAVIGER_ASSIGN(store::Commit commit,
                  iam::untag_policy(rules(context), context.scope.account, request.policy_arn, request.tag_keys));
  return Reply<NoResponse>({}, std::move(commit));
}

constexpr auto kUntagPolicyConditions = kPolicyTags<UntagPolicyRequest, &UntagPolicyRequest::policy_arn> +
                                        kTagKeys<UntagPolicyRequest, &UntagPolicyRequest::tag_keys>;

}  // namespace

std::unique_ptr<const Action> untag_policy_action() {
  return make_action(Definition{.name = "UntagPolicy",
                                .permission = "iam:UntagPolicy",
                                .read_only = false,
                                .request = kUntagPolicyRequest,
                                .response = kNoResponse,
                                .handle = untag_policy,
                                .service = Service::kIam,
                                .resource = policy_resource<&UntagPolicyRequest::policy_arn>,
                                .conditions = kUntagPolicyConditions});
}

}  // namespace claviger::api::iam_actions
