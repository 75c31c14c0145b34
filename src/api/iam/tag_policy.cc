#include "api/iam/actions.h"

#include "api/iam/common.h"
#include "api/iam/conditions.h"
#include "api/iam/fields.h"
#include "iam/tag_rules.h"

namespace claviger::api::iam_actions {
namespace {

struct TagPolicyRequest {
  std::string policy_arn;
  std::vector<iam::Tag> tags;
};
constexpr auto kTagPolicyRequest = wire::members<TagPolicyRequest>(policy_arn<&TagPolicyRequest::policy_arn>(),
                                                                   required_tags<&TagPolicyRequest::tags>());

Result<Reply<NoResponse>> tag_policy(const Context& context, TagPolicyRequest& request) {
  CLAVIGER_ASSIGN(store::Commit commit,
                  iam::tag_policy(rules(context), context.scope.account, request.policy_arn, request.tags));
  return Reply<NoResponse>({}, std::move(commit));
}

constexpr auto kTagPolicyConditions = kPolicyTags<TagPolicyRequest, &TagPolicyRequest::policy_arn> +
                                      kRequestTags<TagPolicyRequest, &TagPolicyRequest::tags>;

}  // namespace

std::unique_ptr<const Action> tag_policy_action() {
  return make_action(Definition{.name = "TagPolicy",
                                .permission = "iam:TagPolicy",
                                .read_only = false,
                                .request = kTagPolicyRequest,
                                .response = kNoResponse,
                                .handle = tag_policy,
                                .service = Service::kIam,
                                .resource = policy_resource<&TagPolicyRequest::policy_arn>,
                                .conditions = kTagPolicyConditions});
}

}  // namespace claviger::api::iam_actions
