#include "api/iam/actions.h"

#include "api/iam/common.h"
#include "api/iam/conditions.h"
#include "api/iam/fields.h"
#include "api/iam/providers.h"

namespace claviger::api::iam_actions {
namespace {

struct GetOpenIDConnectProviderRequest {
  std::string provider_arn;
};
constexpr auto kGetOpenIDConnectProviderRequest =
    wire::members<GetOpenIDConnectProviderRequest>(provider_arn<&GetOpenIDConnectProviderRequest::provider_arn>());

struct GetOpenIDConnectProviderResponse {
  std::string url;
  std::vector<std::string> client_ids;
  std::vector<std::string> thumbprints;
  WallTime create_date{};
  std::vector<iam::Tag> tags;
};
constexpr auto kGetOpenIDConnectProviderResponse = wire::members<GetOpenIDConnectProviderResponse>(
    wire::required<&GetOpenIDConnectProviderResponse::url>("Url"),
    wire::required<&GetOpenIDConnectProviderResponse::client_ids>("ClientIDList"),
    wire::required<&GetOpenIDConnectProviderResponse::thumbprints>("ThumbprintList"),
    wire::required<&GetOpenIDConnectProviderResponse::create_date>("CreateDate"),
    wire::optional<&GetOpenIDConnectProviderResponse::tags>("Tags"));

Result<Reply<GetOpenIDConnectProviderResponse>> get_open_id_connect_provider(const Context& context,
                                                                             GetOpenIDConnectProviderRequest& request) {
  CLAVIGER_ASSIGN(const iam::Provider* provider, find_provider(context, request.provider_arn));
  const iam::ProviderRecord& record = provider->record;
  return GetOpenIDConnectProviderResponse{record.url, record.client_ids, record.thumbprints, record.created,
                                          record.tags};
}

constexpr auto kGetOpenIDConnectProviderConditions =
    kProviderTags<GetOpenIDConnectProviderRequest, &GetOpenIDConnectProviderRequest::provider_arn>;

}  // namespace

std::unique_ptr<const Action> get_open_id_connect_provider_action() {
  return make_action(Definition{.name = "GetOpenIDConnectProvider",
                                .permission = "iam:GetOpenIDConnectProvider",
                                .read_only = true,
                                .request = kGetOpenIDConnectProviderRequest,
                                .response = kGetOpenIDConnectProviderResponse,
                                .handle = get_open_id_connect_provider,
                                .service = Service::kIam,
                                .resource = provider_resource<&GetOpenIDConnectProviderRequest::provider_arn>,
                                .conditions = kGetOpenIDConnectProviderConditions});
}

}  // namespace claviger::api::iam_actions
