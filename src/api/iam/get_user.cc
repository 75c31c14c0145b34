#include "api/iam/actions.h"

#include "api/iam/common.h"
#include "api/iam/conditions.h"
#include "api/iam/entities.h"
#include "api/iam/fields.h"

namespace claviger::api::iam_actions {
namespace {

struct GetUserRequest {
  std::optional<std::string> user_name;
};
constexpr auto kGetUserRequest = wire::members<GetUserRequest>(own_user_name<&GetUserRequest::user_name>());

struct GetUserResponse {
  UserEntry user;
};
constexpr auto kGetUserResponse = wire::members<GetUserResponse>(wire::required<&GetUserResponse::user>("User"));

// The root asks about itself: it is answered without a name.
bool is_root_itself(const Context& context, const GetUserRequest& request) {
  return !request.user_name && context.caller.kind == policy::PrincipalKind::kRoot;
}

Result<Reply<GetUserResponse>> get_user(const Context& context, GetUserRequest& request) {
  if (is_root_itself(context, request)) {
    const iam::Account* account = context.iam->account(context.scope.account);
    UserEntry root{.user_id = std::string(context.scope.account.view()), .arn = context.caller.principal_arn};
    if (account != nullptr && account->record) root.create_date = account->record->created;
    return GetUserResponse{std::move(root)};
  }
  CLAVIGER_ASSIGN(const std::string name, named_or_own_user(context, request.user_name));
  CLAVIGER_ASSIGN(const iam::User* user, iam::find_user(*context.iam, context.scope.account, name));
  return GetUserResponse{user_entry(context, user->record, Detail::kFull)};
}

Result<std::string> get_user_resource(const Context& context, const GetUserRequest& request) {
  if (is_root_itself(context, request)) return context.caller.principal_arn;
  return own_user_resource<&GetUserRequest::user_name>(context, request);
}

constexpr auto kGetUserConditions = kOwnUserTags<GetUserRequest, &GetUserRequest::user_name>;

}  // namespace

std::unique_ptr<const Action> get_user_action() {
  return make_action(Definition{.name = "GetUser",
                                .permission = "iam:GetUser",
                                .read_only = true,
                                .request = kGetUserRequest,
                                .response = kGetUserResponse,
                                .handle = get_user,
                                .service = Service::kIam,
                                .resource = get_user_resource,
                                .conditions = kGetUserConditions});
}

}  // namespace claviger::api::iam_actions
