#include "api/iam/actions.h"

#include "api/iam/common.h"
#include "api/iam/fields.h"
#include "api/iam/providers.h"

namespace claviger::api::iam_actions {
namespace {

struct ListOpenIDConnectProvidersRequest {};
constexpr auto kListOpenIDConnectProvidersRequest = wire::members<ListOpenIDConnectProvidersRequest>();

struct ListOpenIDConnectProvidersResponse {
  std::vector<ProviderEntry> providers;
};
constexpr auto kListOpenIDConnectProvidersResponse = wire::members<ListOpenIDConnectProvidersResponse>(
    wire::required<&ListOpenIDConnectProvidersResponse::providers>("OpenIDConnectProviderList"));

Result<Reply<ListOpenIDConnectProvidersResponse>> list_open_id_connect_providers(const Context& context,
                                                                                 ListOpenIDConnectProvidersRequest&) {
  ListOpenIDConnectProvidersResponse response;
  if (const iam::Account* account = context.iam->account(context.scope.account)) {
    for (const auto& [url, provider] : account->providers) {
      response.providers.push_back({provider->record.arn(partition(context))});
    }
  }
  return response;
}

Result<std::string> list_open_id_connect_providers_resource(const Context& context,
                                                            const ListOpenIDConnectProvidersRequest&) {
  return account_resource(context, "oidc-provider/*");
}

}  // namespace

std::unique_ptr<const Action> list_open_id_connect_providers_action() {
  return make_action(Definition{.name = "ListOpenIDConnectProviders",
                                .permission = "iam:ListOpenIDConnectProviders",
                                .read_only = true,
                                .request = kListOpenIDConnectProvidersRequest,
                                .response = kListOpenIDConnectProvidersResponse,
                                .handle = list_open_id_connect_providers,
                                .service = Service::kIam,
                                .resource = list_open_id_connect_providers_resource});
}

}  // namespace claviger::api::iam_actions
