#include "api/iam/actions.h"

#include "api/iam/common.h"
#include "api/iam/conditions.h"
#include "api/iam/fields.h"
#include "api/iam/providers.h"
#include "iam/provider_rules.h"

namespace claviger::api::iam_actions {
namespace {

struct CreateOpenIDConnectProviderRequest {
  std::string url;
  std::vector<std::string> client_ids;
  std::vector<std::string> thumbprints;
  std::vector<iam::Tag> tags;
};
constexpr auto kCreateOpenIDConnectProviderRequest = wire::members<CreateOpenIDConnectProviderRequest>(
    wire::required<&CreateOpenIDConnectProviderRequest::url>("Url", wire::length(1, 255)),
    wire::optional<&CreateOpenIDConnectProviderRequest::client_ids>("ClientIDList", wire::each(wire::length(1, 255))),
    wire::optional<&CreateOpenIDConnectProviderRequest::thumbprints>("ThumbprintList",
                                                                     wire::each(wire::length(40, 40))),
    tags<&CreateOpenIDConnectProviderRequest::tags>());

struct CreateOpenIDConnectProviderResponse {
  std::string provider_arn;
  std::vector<iam::Tag> tags;
};
constexpr auto kCreateOpenIDConnectProviderResponse = wire::members<CreateOpenIDConnectProviderResponse>(
    wire::required<&CreateOpenIDConnectProviderResponse::provider_arn>("OpenIDConnectProviderArn"),
    wire::optional<&CreateOpenIDConnectProviderResponse::tags>("Tags"));

Result<Reply<CreateOpenIDConnectProviderResponse>> create_open_id_connect_provider(
    const Context& context, CreateOpenIDConnectProviderRequest& request) {
  const iam::NewProvider wish{.account = context.scope.account,
                              .url = request.url,
                              .client_ids = request.client_ids,
                              .thumbprints = request.thumbprints,
                              .tags = request.tags};
  CLAVIGER_ASSIGN(auto planned, iam::create_provider(rules(context), wish));
  Reply<CreateOpenIDConnectProviderResponse> reply(
      CreateOpenIDConnectProviderResponse{planned.record.arn(partition(context)), planned.record.tags},
      std::move(planned.commit));
  reply.limit_message = planned.limit_message;
  return reply;
}

Result<std::string> create_open_id_connect_provider_resource(const Context& context,
                                                             const CreateOpenIDConnectProviderRequest& request) {
  std::string_view url = request.url;
  if (const std::size_t scheme = url.find("://"); scheme != std::string_view::npos) url.remove_prefix(scheme + 3);
  return iam::provider_arn(partition(context), context.scope.account, url);
}

constexpr auto kCreateOpenIDConnectProviderConditions =
    kRequestTags<CreateOpenIDConnectProviderRequest, &CreateOpenIDConnectProviderRequest::tags>;

}  // namespace

std::unique_ptr<const Action> create_open_id_connect_provider_action() {
  return make_action(Definition{.name = "CreateOpenIDConnectProvider",
                                .permission = "iam:CreateOpenIDConnectProvider",
                                .read_only = false,
                                .request = kCreateOpenIDConnectProviderRequest,
                                .response = kCreateOpenIDConnectProviderResponse,
                                .handle = create_open_id_connect_provider,
                                .service = Service::kIam,
                                .resource = create_open_id_connect_provider_resource,
                                .conditions = kCreateOpenIDConnectProviderConditions});
}

}  // namespace claviger::api::iam_actions
