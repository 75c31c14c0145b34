#include "api/iam/actions.h"

#include "api/iam/common.h"
#include "api/iam/conditions.h"
#include "api/iam/fields.h"
#include "api/iam/providers.h"
#include "iam/provider_rules.h"

namespace claviger::api::iam_actions {
namespace {

struct RemoveClientIDFromOpenIDConnectProviderRequest {
  std::string provider_arn;
  std::string client_id;
};
constexpr auto kRemoveClientIDFromOpenIDConnectProviderRequest =
    wire::members<RemoveClientIDFromOpenIDConnectProviderRequest>(
        provider_arn<&RemoveClientIDFromOpenIDConnectProviderRequest::provider_arn>(),
        wire::required<&RemoveClientIDFromOpenIDConnectProviderRequest::client_id>("ClientID", wire::length(1, 255)));

Result<Reply<NoResponse>> remove_client_id_from_open_id_connect_provider(
    const Context& context, RemoveClientIDFromOpenIDConnectProviderRequest& request) {
  CLAVIGER_ASSIGN(store::Commit commit, iam::remove_client_id(rules(context), context.scope.account,
                                                              request.provider_arn, request.client_id));
  return Reply<NoResponse>({}, std::move(commit));
}

constexpr auto kRemoveClientIDFromOpenIDConnectProviderConditions =
    kProviderTags<RemoveClientIDFromOpenIDConnectProviderRequest,
                  &RemoveClientIDFromOpenIDConnectProviderRequest::provider_arn>;

}  // namespace

std::unique_ptr<const Action> remove_client_id_from_open_id_connect_provider_action() {
  return make_action(
      Definition{.name = "RemoveClientIDFromOpenIDConnectProvider",
                 .permission = "iam:RemoveClientIDFromOpenIDConnectProvider",
                 .read_only = false,
                 .request = kRemoveClientIDFromOpenIDConnectProviderRequest,
                 .response = kNoResponse,
                 .handle = remove_client_id_from_open_id_connect_provider,
                 .service = Service::kIam,
                 .resource = provider_resource<&RemoveClientIDFromOpenIDConnectProviderRequest::provider_arn>,
                 .conditions = kRemoveClientIDFromOpenIDConnectProviderConditions});
}

}  // namespace claviger::api::iam_actions
