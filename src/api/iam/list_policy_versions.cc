#include "api/iam/actions.h"

#include "api/iam/common.h"
#include "api/iam/conditions.h"
#include "api/iam/entities.h"
#include "api/iam/fields.h"
#include "api/iam/listing.h"

namespace claviger::api::iam_actions {
namespace {

struct ListPolicyVersionsRequest {
  std::string policy_arn;
  std::optional<std::string> marker;
  std::optional<std::int32_t> max_items;
};
constexpr auto kListPolicyVersionsRequest = wire::members<ListPolicyVersionsRequest>(
    policy_arn<&ListPolicyVersionsRequest::policy_arn>(), marker<&ListPolicyVersionsRequest::marker>(),
    max_items<&ListPolicyVersionsRequest::max_items>());

struct ListPolicyVersionsResponse {
  std::vector<PolicyVersionEntry> versions;
  bool is_truncated = false;
  std::optional<std::string> marker;
};
constexpr auto kListPolicyVersionsResponse = wire::members<ListPolicyVersionsResponse>(
    wire::required<&ListPolicyVersionsResponse::versions>("Versions"),
    is_truncated<&ListPolicyVersionsResponse::is_truncated>(), next_marker<&ListPolicyVersionsResponse::marker>());

Result<Reply<ListPolicyVersionsResponse>> list_policy_versions(const Context& context,
                                                               ListPolicyVersionsRequest& request) {
  CLAVIGER_ASSIGN(const iam::ManagedPolicy* policy, find_policy(context, request.policy_arn));
  const std::vector<iam::PolicyVersion> newest_first(policy->record.versions.rbegin(), policy->record.versions.rend());
  ListPolicyVersionsResponse response;
  CLAVIGER_TRY(list_page(context, "ListPolicyVersions/" + std::string(policy->record.id.view()), request, newest_first,
                         response, response.versions, [&](const iam::PolicyVersion& version) {
                           return std::optional(version_entry(policy->record, version, false));
                         }));
  return response;
}

constexpr auto kListPolicyVersionsConditions =
    kPolicyTags<ListPolicyVersionsRequest, &ListPolicyVersionsRequest::policy_arn>;

}  // namespace

std::unique_ptr<const Action> list_policy_versions_action() {
  return make_action(Definition{.name = "ListPolicyVersions",
                                .permission = "iam:ListPolicyVersions",
                                .read_only = true,
                                .request = kListPolicyVersionsRequest,
                                .response = kListPolicyVersionsResponse,
                                .handle = list_policy_versions,
                                .service = Service::kIam,
                                .resource = policy_resource<&ListPolicyVersionsRequest::policy_arn>,
                                .conditions = kListPolicyVersionsConditions});
}

}  // namespace claviger::api::iam_actions
