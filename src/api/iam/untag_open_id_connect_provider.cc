#include "api/iam/actions.h"

#include "api/iam/common.h"
#include "api/iam/conditions.h"
#include "api/iam/fields.h"
#include "api/iam/providers.h"
#include "iam/provider_rules.h"

namespace claviger::api::iam_actions {
namespace {

struct UntagOpenIDConnectProviderRequest {
  std::string provider_arn;
  std::vector<std::string> tag_keys;
};
constexpr auto kUntagOpenIDConnectProviderRequest =
    wire::members<UntagOpenIDConnectProviderRequest>(provider_arn<&UntagOpenIDConnectProviderRequest::provider_arn>(),
                                                     tag_keys<&UntagOpenIDConnectProviderRequest::tag_keys>());

Result<Reply<NoResponse>> untag_open_id_connect_provider(const Context& context,
                                                         UntagOpenIDConnectProviderRequest& request) {
  CLAVIGER_ASSIGN(store::Commit commit,
                  iam::untag_provider(rules(context), context.scope.account, request.provider_arn, request.tag_keys));
  return Reply<NoResponse>({}, std::move(commit));
}

constexpr auto kUntagOpenIDConnectProviderConditions =
    kProviderTags<UntagOpenIDConnectProviderRequest, &UntagOpenIDConnectProviderRequest::provider_arn> +
    kTagKeys<UntagOpenIDConnectProviderRequest, &UntagOpenIDConnectProviderRequest::tag_keys>;

}  // namespace

std::unique_ptr<const Action> untag_open_id_connect_provider_action() {
  return make_action(Definition{.name = "UntagOpenIDConnectProvider",
                                .permission = "iam:UntagOpenIDConnectProvider",
                                .read_only = false,
                                .request = kUntagOpenIDConnectProviderRequest,
                                .response = kNoResponse,
                                .handle = untag_open_id_connect_provider,
                                .service = Service::kIam,
                                .resource = provider_resource<&UntagOpenIDConnectProviderRequest::provider_arn>,
                                .conditions = kUntagOpenIDConnectProviderConditions});
}

}  // namespace claviger::api::iam_actions
