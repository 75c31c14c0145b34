#include "api/iam/actions.h"

#include "api/iam/common.h"
#include "api/iam/conditions.h"
#include "api/iam/fields.h"
#include "api/iam/providers.h"
#include "iam/provider_rules.h"

namespace claviger::api::iam_actions {
namespace {

struct TagOpenIDConnectProviderRequest {
  std::string provider_arn;
  std::vector<iam::Tag> tags;
};
constexpr auto kTagOpenIDConnectProviderRequest =
    wire::members<TagOpenIDConnectProviderRequest>(provider_arn<&TagOpenIDConnectProviderRequest::provider_arn>(),
                                                   required_tags<&TagOpenIDConnectProviderRequest::tags>());

Result<Reply<NoResponse>> tag_open_id_connect_provider(const Context& context,
                                                       TagOpenIDConnectProviderRequest& request) {
  CLAVIGER_ASSIGN(store::Commit commit,
                  iam::tag_provider(rules(context), context.scope.account, request.provider_arn, request.tags));
  return Reply<NoResponse>({}, std::move(commit));
}

constexpr auto kTagOpenIDConnectProviderConditions =
    kProviderTags<TagOpenIDConnectProviderRequest, &TagOpenIDConnectProviderRequest::provider_arn> +
    kRequestTags<TagOpenIDConnectProviderRequest, &TagOpenIDConnectProviderRequest::tags>;

}  // namespace

std::unique_ptr<const Action> tag_open_id_connect_provider_action() {
  return make_action(Definition{.name = "TagOpenIDConnectProvider",
                                .permission = "iam:TagOpenIDConnectProvider",
                                .read_only = false,
                                .request = kTagOpenIDConnectProviderRequest,
                                .response = kNoResponse,
                                .handle = tag_open_id_connect_provider,
                                .service = Service::kIam,
                                .resource = provider_resource<&TagOpenIDConnectProviderRequest::provider_arn>,
                                .conditions = kTagOpenIDConnectProviderConditions});
}

}  // namespace claviger::api::iam_actions
