#include "api/iam/actions.h"

#include "api/iam/common.h"
#include "api/iam/conditions.h"
#include "api/iam/fields.h"
#include "api/iam/listing.h"

namespace claviger::api::iam_actions {
namespace {

struct ListPolicyTagsRequest {
  std::string policy_arn;
  std::optional<std::string> marker;
  std::optional<std::int32_t> max_items;
};
constexpr auto kListPolicyTagsRequest = wire::members<ListPolicyTagsRequest>(
    policy_arn<&ListPolicyTagsRequest::policy_arn>(), marker<&ListPolicyTagsRequest::marker>(),
    max_items<&ListPolicyTagsRequest::max_items>());

struct ListPolicyTagsResponse {
  std::vector<iam::Tag> tags;
  bool is_truncated = false;
  std::optional<std::string> marker;
};
constexpr auto kListPolicyTagsResponse = wire::members<ListPolicyTagsResponse>(
    wire::required<&ListPolicyTagsResponse::tags>("Tags"), is_truncated<&ListPolicyTagsResponse::is_truncated>(),
    next_marker<&ListPolicyTagsResponse::marker>());

Result<Reply<ListPolicyTagsResponse>> list_policy_tags(const Context& context, ListPolicyTagsRequest& request) {
  CLAVIGER_ASSIGN(const iam::ManagedPolicy* policy, find_policy(context, request.policy_arn));
  ListPolicyTagsResponse response;
  CLAVIGER_TRY(list_page(context, "ListPolicyTags/" + std::string(policy->record.id.view()), request,
                         policy->record.tags, response, response.tags,
                         [](const iam::Tag& tag) { return std::optional(tag); }));
  return response;
}

constexpr auto kListPolicyTagsConditions = kPolicyTags<ListPolicyTagsRequest, &ListPolicyTagsRequest::policy_arn>;

}  // namespace

std::unique_ptr<const Action> list_policy_tags_action() {
  return make_action(Definition{.name = "ListPolicyTags",
                                .permission = "iam:ListPolicyTags",
                                .read_only = true,
                                .request = kListPolicyTagsRequest,
                                .response = kListPolicyTagsResponse,
                                .handle = list_policy_tags,
                                .service = Service::kIam,
                                .resource = policy_resource<&ListPolicyTagsRequest::policy_arn>,
                                .conditions = kListPolicyTagsConditions});
}

}  // namespace claviger::api::iam_actions
