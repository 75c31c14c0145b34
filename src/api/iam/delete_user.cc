#include "api/iam/actions.h"

#include "api/iam/common.h"
#include "api/iam/conditions.h"
#include "api/iam/fields.h"
#include "iam/entity_rules.h"

namespace claviger::api::iam_actions {
namespace {

struct DeleteUserRequest {
  std::string user_name;
};
constexpr auto kDeleteUserRequest = wire::members<DeleteUserRequest>(user_name<&DeleteUserRequest::user_name>());

Result<Reply<NoResponse>> delete_user(const Context& context, DeleteUserRequest& request) {
  CLAVIGER_ASSIGN(store::Commit commit, iam::delete_user(rules(context), context.scope.account, request.user_name));
  return Reply<NoResponse>({}, std::move(commit));
}

constexpr auto kDeleteUserConditions =
    kEntityTags<DeleteUserRequest, iam::EntityKind::kUser, &DeleteUserRequest::user_name>;

}  // namespace

std::unique_ptr<const Action> delete_user_action() {
  return make_action(Definition{.name = "DeleteUser",
                                .permission = "iam:DeleteUser",
                                .read_only = false,
                                .request = kDeleteUserRequest,
                                .response = kNoResponse,
                                .handle = delete_user,
                                .service = Service::kIam,
                                .resource = kUserResource<&DeleteUserRequest::user_name>,
                                .conditions = kDeleteUserConditions});
}

}  // namespace claviger::api::iam_actions
