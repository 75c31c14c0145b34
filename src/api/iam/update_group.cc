#include "api/iam/actions.h"

#include "api/iam/common.h"
#include "api/iam/fields.h"
#include "iam/entity_rules.h"

namespace claviger::api::iam_actions {
namespace {

struct UpdateGroupRequest {
  std::string group_name;
  std::optional<std::string> new_path;
  std::optional<std::string> new_group_name;
};
constexpr auto kUpdateGroupRequest = wire::members<UpdateGroupRequest>(
    group_name<&UpdateGroupRequest::group_name>(), path<&UpdateGroupRequest::new_path>("NewPath"),
    wire::optional<&UpdateGroupRequest::new_group_name>("NewGroupName", wire::length(1, 128),
                                                        wire::pattern(patterns::kName)));

Result<Reply<NoResponse>> update_group(const Context& context, UpdateGroupRequest& request) {
  CLAVIGER_ASSIGN(auto planned, iam::update_group(rules(context), {.account = context.scope.account,
                                                                   .name = request.group_name,
                                                                   .new_name = request.new_group_name,
                                                                   .new_path = request.new_path}));
  return Reply<NoResponse>({}, std::move(planned.commit));
}

// A caller needs the permission on the new name, too (IAM API reference, UpdateGroup).
std::vector<FurtherPermission> update_group_further_permissions(const Context& context,
                                                                const UpdateGroupRequest& request) {
  return {{"iam:UpdateGroup", renamed_resource(context, iam::EntityKind::kGroup, request.group_name,
                                               request.new_group_name, request.new_path)}};
}

}  // namespace

std::unique_ptr<const Action> update_group_action() {
  return make_action(Definition{.name = "UpdateGroup",
                                .permission = "iam:UpdateGroup",
                                .read_only = false,
                                .request = kUpdateGroupRequest,
                                .response = kNoResponse,
                                .handle = update_group,
                                .service = Service::kIam,
                                .resource = kGroupResource<&UpdateGroupRequest::group_name>,
                                .further_permissions = update_group_further_permissions});
}

}  // namespace claviger::api::iam_actions
