#include "api/iam/actions.h"

#include "api/iam/common.h"
#include "api/iam/conditions.h"
#include "api/iam/fields.h"
#include "iam/tag_rules.h"

namespace claviger::api::iam_actions {
namespace {

struct UntagUserRequest {
  std::string user_name;
  std::vector<std::string> tag_keys;
};
constexpr auto kUntagUserRequest =
    wire::members<UntagUserRequest>(user_name<&UntagUserRequest::user_name>(), tag_keys<&UntagUserRequest::tag_keys>());

Result<Reply<NoResponse>> untag_user(const Context& context, UntagUserRequest& request) {
  CLAVIGER_ASSIGN(store::Commit commit,
                  iam::untag_holder(rules(context), {iam::EntityKind::kUser, context.scope.account, request.user_name},
                                    request.tag_keys));
  return Reply<NoResponse>({}, std::move(commit));
}

constexpr auto kUntagUserConditions =
    kEntityTags<UntagUserRequest, iam::EntityKind::kUser, &UntagUserRequest::user_name> +
    kTagKeys<UntagUserRequest, &UntagUserRequest::tag_keys>;

}  // namespace

std::unique_ptr<const Action> untag_user_action() {
  return make_action(Definition{.name = "UntagUser",
                                .permission = "iam:UntagUser",
                                .read_only = false,
                                .request = kUntagUserRequest,
                                .response = kNoResponse,
                                .handle = untag_user,
                                .service = Service::kIam,
                                .resource = kUserResource<&UntagUserRequest::user_name>,
                                .conditions = kUntagUserConditions});
}

}  // namespace claviger::api::iam_actions
