#include "api/iam/actions.h"

#include "api/iam/common.h"
#include "api/iam/conditions.h"
#include "api/iam/fields.h"
#include "iam/tag_rules.h"

namespace claviger::api::iam_actions {
namespace {

struct TagRoleRequest {
  std::string role_name;
  std::vector<iam::Tag> tags;
};
constexpr auto kTagRoleRequest =
    wire::members<TagRoleRequest>(role_name<&TagRoleRequest::role_name>(), required_tags<&TagRoleRequest::tags>());

Result<Reply<NoResponse>> tag_role(const Context& context, TagRoleRequest& request) {
  CLAVIGER_ASSIGN(store::Commit commit,
                  iam::tag_holder(rules(context), {iam::EntityKind::kRole, context.scope.account, request.role_name},
                                  request.tags));
  return Reply<NoResponse>({}, std::move(commit));
}

constexpr auto kTagRoleConditions = kEntityTags<TagRoleRequest, iam::EntityKind::kRole, &TagRoleRequest::role_name> +
                                    kRequestTags<TagRoleRequest, &TagRoleRequest::tags>;

}  // namespace

std::unique_ptr<const Action> tag_role_action() {
  return make_action(Definition{.name = "TagRole",
                                .permission = "iam:TagRole",
                                .read_only = false,
                                .request = kTagRoleRequest,
                                .response = kNoResponse,
                                .handle = tag_role,
                                .service = Service::kIam,
                                .resource = kRoleResource<&TagRoleRequest::role_name>,
                                .conditions = kTagRoleConditions});
}

}  // namespace claviger::api::iam_actions
