#include "api/iam/actions.h"

#include "api/iam/common.h"
#include "api/iam/conditions.h"
#include "api/iam/fields.h"
#include "api/iam/providers.h"
#include "iam/provider_rules.h"

namespace claviger::api::iam_actions {
namespace {

struct DeleteOpenIDConnectProviderRequest {
  std::string provider_arn;
};
constexpr auto kDeleteOpenIDConnectProviderRequest = wire::members<DeleteOpenIDConnectProviderRequest>(
    provider_arn<&DeleteOpenIDConnectProviderRequest::provider_arn>());

Result<Reply<NoResponse>> delete_open_id_connect_provider(const Context& context,
                                                          DeleteOpenIDConnectProviderRequest& request) {
  CLAVIGER_ASSIGN(store::Commit commit,
                  iam::delete_provider(rules(context), context.scope.account, request.provider_arn));
  return Reply<NoResponse>({}, std::move(commit));
}

constexpr auto kDeleteOpenIDConnectProviderConditions =
    kProviderTags<DeleteOpenIDConnectProviderRequest, &DeleteOpenIDConnectProviderRequest::provider_arn>;

}  // namespace

std::unique_ptr<const Action> delete_open_id_connect_provider_action() {
  return make_action(Definition{.name = "DeleteOpenIDConnectProvider",
                                .permission = "iam:DeleteOpenIDConnectProvider",
                                .read_only = false,
                                .request = kDeleteOpenIDConnectProviderRequest,
                                .response = kNoResponse,
                                .handle = delete_open_id_connect_provider,
                                .service = Service::kIam,
                                .resource = provider_resource<&DeleteOpenIDConnectProviderRequest::provider_arn>,
                                .conditions = kDeleteOpenIDConnectProviderConditions});
}

}  // namespace claviger::api::iam_actions
