#include "api/iam/actions.h"

#include "api/iam/common.h"
#include "api/iam/conditions.h"
#include "api/iam/fields.h"
#include "api/iam/providers.h"
#include "iam/provider_rules.h"

namespace claviger::api::iam_actions {
namespace {

struct UpdateOpenIDConnectProviderThumbprintRequest {
  std::string provider_arn;
  std::vector<std::string> thumbprints;
};
constexpr auto kUpdateOpenIDConnectProviderThumbprintRequest =
    wire::members<UpdateOpenIDConnectProviderThumbprintRequest>(
        provider_arn<&UpdateOpenIDConnectProviderThumbprintRequest::provider_arn>(),
        wire::required<&UpdateOpenIDConnectProviderThumbprintRequest::thumbprints>("ThumbprintList",
                                                                                   wire::each(wire::length(40, 40))));

Result<Reply<NoResponse>> update_open_id_connect_provider_thumbprint(
    const Context& context, UpdateOpenIDConnectProviderThumbprintRequest& request) {
  CLAVIGER_ASSIGN(store::Commit commit, iam::update_thumbprints(rules(context), context.scope.account,
                                                                request.provider_arn, request.thumbprints));
  return Reply<NoResponse>({}, std::move(commit));
}

constexpr auto kUpdateOpenIDConnectProviderThumbprintConditions =
    kProviderTags<UpdateOpenIDConnectProviderThumbprintRequest,
                  &UpdateOpenIDConnectProviderThumbprintRequest::provider_arn>;

}  // namespace

std::unique_ptr<const Action> update_open_id_connect_provider_thumbprint_action() {
  return make_action(
      Definition{.name = "UpdateOpenIDConnectProviderThumbprint",
                 .permission = "iam:UpdateOpenIDConnectProviderThumbprint",
                 .read_only = false,
                 .request = kUpdateOpenIDConnectProviderThumbprintRequest,
                 .response = kNoResponse,
                 .handle = update_open_id_connect_provider_thumbprint,
                 .service = Service::kIam,
                 .resource = provider_resource<&UpdateOpenIDConnectProviderThumbprintRequest::provider_arn>,
                 .conditions = kUpdateOpenIDConnectProviderThumbprintConditions});
}

}  // namespace claviger::api::iam_actions
