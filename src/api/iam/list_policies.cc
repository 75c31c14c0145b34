#include "api/iam/actions.h"

#include <fmt/format.h>

#include "api/iam/common.h"
#include "api/iam/entities.h"
#include "api/iam/enums.h"
#include "api/iam/fields.h"
#include "api/iam/listing.h"

namespace claviger::api::iam_actions {
namespace {

struct ListPoliciesRequest {
  std::optional<PolicyScope> scope;
  std::optional<bool> only_attached;
  std::optional<std::string> path_prefix;
  std::optional<PolicyUsage> usage;
  std::optional<std::string> marker;
  std::optional<std::int32_t> max_items;
};
constexpr auto kListPoliciesRequest = wire::members<ListPoliciesRequest>(
    wire::optional<&ListPoliciesRequest::scope>("Scope"),
    wire::optional<&ListPoliciesRequest::only_attached>("OnlyAttached"),
    policy_path<&ListPoliciesRequest::path_prefix>("PathPrefix"),
    wire::optional<&ListPoliciesRequest::usage>("PolicyUsageFilter"), marker<&ListPoliciesRequest::marker>(),
    max_items<&ListPoliciesRequest::max_items>());

struct ListPoliciesResponse {
  std::vector<PolicyEntry> policies;
  bool is_truncated = false;
  std::optional<std::string> marker;
};
constexpr auto kListPoliciesResponse = wire::members<ListPoliciesResponse>(
    wire::required<&ListPoliciesResponse::policies>("Policies"), is_truncated<&ListPoliciesResponse::is_truncated>(),
    next_marker<&ListPoliciesResponse::marker>());

// Names the filter in markers.
std::string policies_filter_name(const ListPoliciesRequest& request) {
  const int usage = request.usage ? static_cast<int>(*request.usage) : -1;
  return fmt::format("ListPolicies{}/{}/{}", request.path_prefix.value_or("/"), request.only_attached.value_or(false),
                     usage);
}

bool is_wanted_policy(const ListPoliciesRequest& request, const iam::PolicyRecord& record) {
  if (request.usage == PolicyUsage::kPermissionsPolicy && record.attachments == 0) return false;
  if (request.usage == PolicyUsage::kPermissionsBoundary) return record.boundary_uses > 0;
  return !request.only_attached.value_or(false) || record.attachments > 0;
}

// There are no policies of AWS itself.
Result<Reply<ListPoliciesResponse>> list_policies(const Context& context, ListPoliciesRequest& request) {
  const iam::Account* account = context.iam->account(context.scope.account);
  ListPoliciesResponse response;
  if (account == nullptr || request.scope == PolicyScope::kAws) return response;
  const std::string prefix = request.path_prefix.value_or("/");
  CLAVIGER_TRY(list_page(context, policies_filter_name(request), request, account->policies, response,
                         response.policies, [&](const auto& named) -> std::optional<PolicyEntry> {
                           const iam::PolicyRecord& record = context.iam->policy(named.second)->record;
                           if (!record.path.starts_with(prefix) || !is_wanted_policy(request, record))
                             return std::nullopt;
                           return policy_entry(context, record, Detail::kListed);
                         }));
  return response;
}

// What AWS decides this on is no ARN.
Result<std::string> list_policies_resource(const Context&, const ListPoliciesRequest& request) {
  return "policy path " + request.path_prefix.value_or("/");
}

}  // namespace

std::unique_ptr<const Action> list_policies_action() {
  return make_action(Definition{.name = "ListPolicies",
                                .permission = "iam:ListPolicies",
                                .read_only = true,
                                .request = kListPoliciesRequest,
                                .response = kListPoliciesResponse,
                                .handle = list_policies,
                                .service = Service::kIam,
                                .resource = list_policies_resource});
}

}  // namespace claviger::api::iam_actions
