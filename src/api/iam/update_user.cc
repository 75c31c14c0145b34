#include "api/iam/actions.h"

#include "api/iam/common.h"
#include "api/iam/conditions.h"
#include "api/iam/fields.h"
#include "iam/entity_rules.h"

namespace claviger::api::iam_actions {
namespace {

struct UpdateUserRequest {
  std::string user_name;
  std::optional<std::string> new_path;
  std::optional<std::string> new_user_name;
};
constexpr auto kUpdateUserRequest = wire::members<UpdateUserRequest>(
    user_name<&UpdateUserRequest::user_name>(), path<&UpdateUserRequest::new_path>("NewPath"),
    wire::optional<&UpdateUserRequest::new_user_name>("NewUserName", wire::length(1, 64),
                                                      wire::pattern(patterns::kName)));

Result<Reply<NoResponse>> update_user(const Context& context, UpdateUserRequest& request) {
  CLAVIGER_ASSIGN(auto planned, iam::update_user(rules(context), {.account = context.scope.account,
                                                                  .name = request.user_name,
                                                                  .new_name = request.new_user_name,
                                                                  .new_path = request.new_path}));
  return Reply<NoResponse>({}, std::move(planned.commit));
}

// A caller needs the permission on the new name, too (IAM API reference, UpdateUser).
std::vector<FurtherPermission> update_user_further_permissions(const Context& context,
                                                               const UpdateUserRequest& request) {
  return {{"iam:UpdateUser", renamed_resource(context, iam::EntityKind::kUser, request.user_name, request.new_user_name,
                                              request.new_path)}};
}

constexpr auto kUpdateUserConditions =
    kEntityTags<UpdateUserRequest, iam::EntityKind::kUser, &UpdateUserRequest::user_name>;

}  // namespace

std::unique_ptr<const Action> update_user_action() {
  return make_action(Definition{.name = "UpdateUser",
                                .permission = "iam:UpdateUser",
                                .read_only = false,
                                .request = kUpdateUserRequest,
                                .response = kNoResponse,
                                .handle = update_user,
                                .service = Service::kIam,
                                .resource = kUserResource<&UpdateUserRequest::user_name>,
                                .conditions = kUpdateUserConditions,
                                .further_permissions = update_user_further_permissions});
}

}  // namespace claviger::api::iam_actions
