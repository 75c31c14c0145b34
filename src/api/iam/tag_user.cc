#include "api/iam/actions.h"

#include "api/iam/common.h"
#include "api/iam/conditions.h"
#include "api/iam/fields.h"
#include "iam/tag_rules.h"

namespace claviger::api::iam_actions {
namespace {

struct TagUserRequest {
  std::string user_name;
  std::vector<iam::Tag> tags;
};
constexpr auto kTagUserRequest =
    wire::members<TagUserRequest>(user_name<&TagUserRequest::user_name>(), required_tags<&TagUserRequest::tags>());

Result<Reply<NoResponse>> tag_user(const Context& context, TagUserRequest& request) {
  CLAVIGER_ASSIGN(store::Commit commit,
                  iam::tag_holder(rules(context), {iam::EntityKind::kUser, context.scope.account, request.user_name},
                                  request.tags));
  return Reply<NoResponse>({}, std::move(commit));
}

constexpr auto kTagUserConditions = kEntityTags<TagUserRequest, iam::EntityKind::kUser, &TagUserRequest::user_name> +
                                    kRequestTags<TagUserRequest, &TagUserRequest::tags>;

}  // namespace

std::unique_ptr<const Action> tag_user_action() {
  return make_action(Definition{.name = "TagUser",
                                .permission = "iam:TagUser",
                                .read_only = false,
                                .request = kTagUserRequest,
                                .response = kNoResponse,
                                .handle = tag_user,
                                .service = Service::kIam,
                                .resource = kUserResource<&TagUserRequest::user_name>,
                                .conditions = kTagUserConditions});
}

}  // namespace claviger::api::iam_actions
