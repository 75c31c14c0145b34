#include "api/kms/actions.h"
#include "api/kms/policy_name.h"
#include "api/page.h"

namespace claviger::api::kms {
namespace {

struct ListKeyPoliciesRequest {
  std::string key_id;
  std::optional<std::int32_t> limit;
  std::optional<std::string> marker;
};
constexpr auto kListKeyPoliciesRequest = wire::members<ListKeyPoliciesRequest>(
    wire::required<&ListKeyPoliciesRequest::key_id>("KeyId", kKeyIdLength),
    wire::optional<&ListKeyPoliciesRequest::limit>("Limit", wire::range(1, 1000)),
    wire::optional<&ListKeyPoliciesRequest::marker>("Marker", kMarkerLength, wire::pattern(kMarkerPattern)));

struct ListKeyPoliciesResponse {
  std::vector<std::string> policy_names;
  bool truncated = false;
};
constexpr auto kListKeyPoliciesResponse = wire::members<ListKeyPoliciesResponse>(
    wire::required<&ListKeyPoliciesResponse::policy_names>("PolicyNames"),
    wire::unsupported("NextMarker", "a key has exactly one policy, so there is never a second page"),
    wire::required<&ListKeyPoliciesResponse::truncated>("Truncated"));

Result<Targets> list_key_policies_targets(const ListKeyPoliciesRequest& request) {
  return Targets{managed_key(request.key_id, "kms:ListKeyPolicies", keys::StateRule::kAny)};
}

Result<Reply<ListKeyPoliciesResponse>> list_key_policies(const Context& context, ListKeyPoliciesRequest& request) {
  // The only page is never followed by a marker, so whoever sends one made it up.
  const Pager pager(context, "ListKeyPolicies");
  CLAVIGER_TRY(pager.position(request.marker));
  return ListKeyPoliciesResponse{{std::string(kPolicyName)}, false};
}

}  // namespace

std::unique_ptr<const Action> list_key_policies_action() {
  return make_action(Definition{.name = "ListKeyPolicies",
                                .permission = "kms:ListKeyPolicies",
                                .read_only = true,
                                .request = kListKeyPoliciesRequest,
                                .response = kListKeyPoliciesResponse,
                                .targets = list_key_policies_targets,
                                .handle = list_key_policies});
}

}  // namespace claviger::api::kms
