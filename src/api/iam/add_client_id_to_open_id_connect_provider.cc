#include "api/iam/actions.h"

#include "api/iam/common.h"
#include "api/iam/conditions.h"
#include "api/iam/fields.h"
#include "api/iam/providers.h"
#include "iam/provider_rules.h"

namespace claviger::api::iam_actions {
namespace {

struct AddClientIDToOpenIDConnectProviderRequest {
  std::string provider_arn;
  std::string client_id;
};
constexpr auto kAddClientIDToOpenIDConnectProviderRequest = wire::members<AddClientIDToOpenIDConnectProviderRequest>(
    provider_arn<&AddClientIDToOpenIDConnectProviderRequest::provider_arn>(),
    wire::required<&AddClientIDToOpenIDConnectProviderRequest::client_id>("ClientID", wire::length(1, 255)));

Result<Reply<NoResponse>> add_client_id_to_open_id_connect_provider(
    const Context& context, AddClientIDToOpenIDConnectProviderRequest& request) {
  CLAVIGER_ASSIGN(store::Commit commit,
                  iam::add_client_id(rules(context), context.scope.account, request.provider_arn, request.client_id));
  return Reply<NoResponse>({}, std::move(commit));
}

constexpr auto kAddClientIDToOpenIDConnectProviderConditions =
    kProviderTags<AddClientIDToOpenIDConnectProviderRequest, &AddClientIDToOpenIDConnectProviderRequest::provider_arn>;

}  // namespace

std::unique_ptr<const Action> add_client_id_to_open_id_connect_provider_action() {
  return make_action(Definition{.name = "AddClientIDToOpenIDConnectProvider",
                                .permission = "iam:AddClientIDToOpenIDConnectProvider",
                                .read_only = false,
                                .request = kAddClientIDToOpenIDConnectProviderRequest,
                                .response = kNoResponse,
                                .handle = add_client_id_to_open_id_connect_provider,
                                .service = Service::kIam,
                                .resource = provider_resource<&AddClientIDToOpenIDConnectProviderRequest::provider_arn>,
                                .conditions = kAddClientIDToOpenIDConnectProviderConditions});
}

}  // namespace claviger::api::iam_actions
