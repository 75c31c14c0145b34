#include "api/iam/actions.h"
#include "api/iam/common.h"
#include "api/iam/conditions.h"
#include "api/iam/fields.h"
#include "api/iam/providers.h"
#include "iam/key_set.h"
#include "iam/provider_rules.h"

namespace claviger::api::iam_actions {
namespace {

struct PutOpenIDConnectProviderKeySetRequest {
  std::string provider_arn;
  std::string key_set;
};
constexpr auto kPutOpenIDConnectProviderKeySetRequest = wire::members<PutOpenIDConnectProviderKeySetRequest>(
    provider_arn<&PutOpenIDConnectProviderKeySetRequest::provider_arn>(),
    // Not audited: somebody may have taken the file with the private keys.
    wire::required<&PutOpenIDConnectProviderKeySetRequest::key_set>("KeySet", wire::length(1, iam::kMaxKeySetBytes),
                                                                    wire::sensitive));

struct PutOpenIDConnectProviderKeySetResponse {
  std::vector<std::string> key_ids;
};
constexpr auto kPutOpenIDConnectProviderKeySetResponse = wire::members<PutOpenIDConnectProviderKeySetResponse>(
    wire::required<&PutOpenIDConnectProviderKeySetResponse::key_ids>("KeyIds"));

Result<Reply<PutOpenIDConnectProviderKeySetResponse>> put_open_id_connect_provider_key_set(
    const Context& context, PutOpenIDConnectProviderKeySetRequest& request) {
  CLAVIGER_ASSIGN(const iam::KeySet keys, iam::KeySet::parse(request.key_set));
  CLAVIGER_ASSIGN(store::Commit commit,
                  iam::set_key_set(rules(context), context.scope.account, request.provider_arn, request.key_set));
  PutOpenIDConnectProviderKeySetResponse response;
  for (const std::string_view id : keys.ids()) response.key_ids.emplace_back(id);
  return Reply<PutOpenIDConnectProviderKeySetResponse>(std::move(response), std::move(commit));
}

constexpr auto kPutOpenIDConnectProviderKeySetConditions =
    kProviderTags<PutOpenIDConnectProviderKeySetRequest, &PutOpenIDConnectProviderKeySetRequest::provider_arn>;

}  // namespace

// Not AWS's: there the issuer is asked for its keys over the network. This server makes no connections.
std::unique_ptr<const Action> put_open_id_connect_provider_key_set_action() {
  return make_action(Definition{.name = "PutOpenIDConnectProviderKeySet",
                                .permission = "iam:PutOpenIDConnectProviderKeySet",
                                .read_only = false,
                                .request = kPutOpenIDConnectProviderKeySetRequest,
                                .response = kPutOpenIDConnectProviderKeySetResponse,
                                .handle = put_open_id_connect_provider_key_set,
                                .service = Service::kIam,
                                .resource = provider_resource<&PutOpenIDConnectProviderKeySetRequest::provider_arn>,
                                .conditions = kPutOpenIDConnectProviderKeySetConditions});
}

}  // namespace claviger::api::iam_actions
