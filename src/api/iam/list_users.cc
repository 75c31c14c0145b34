#include "api/iam/actions.h"

#include "api/iam/common.h"
#include "api/iam/entities.h"
#include "api/iam/fields.h"
#include "api/iam/listing.h"

namespace claviger::api::iam_actions {
namespace {

struct ListUsersRequest {
  std::optional<std::string> path_prefix;
  std::optional<std::string> marker;
  std::optional<std::int32_t> max_items;
};
constexpr auto kListUsersRequest =
    wire::members<ListUsersRequest>(path_prefix<&ListUsersRequest::path_prefix>(), marker<&ListUsersRequest::marker>(),
                                    max_items<&ListUsersRequest::max_items>());

struct ListUsersResponse {
  std::vector<UserEntry> users;
  bool is_truncated = false;
  std::optional<std::string> marker;
};
constexpr auto kListUsersResponse = wire::members<ListUsersResponse>(wire::required<&ListUsersResponse::users>("Users"),
                                                                     is_truncated<&ListUsersResponse::is_truncated>(),
                                                                     next_marker<&ListUsersResponse::marker>());

Result<Reply<ListUsersResponse>> list_users(const Context& context, ListUsersRequest& request) {
  const iam::Account* account = context.iam->account(context.scope.account);
  ListUsersResponse response;
  if (account == nullptr) return response;
  const std::string prefix = request.path_prefix.value_or("/");
  CLAVIGER_TRY(list_page(context, "ListUsers" + prefix, request, account->users, response, response.users,
                         [&](const auto& named) -> std::optional<UserEntry> {
                           const iam::User& user = *context.iam->user(named.second);
                           if (!user.record.path.starts_with(prefix)) return std::nullopt;
                           return user_entry(context, user.record, Detail::kListed);
                         }));
  return response;
}

Result<std::string> list_users_resource(const Context& context, const ListUsersRequest& request) {
  return account_resource(context, "user" + request.path_prefix.value_or("/"));
}

}  // namespace

std::unique_ptr<const Action> list_users_action() {
  return make_action(Definition{.name = "ListUsers",
                                .permission = "iam:ListUsers",
                                .read_only = true,
                                .request = kListUsersRequest,
                                .response = kListUsersResponse,
                                .handle = list_users,
                                .service = Service::kIam,
                                .resource = list_users_resource});
}

}  // namespace claviger::api::iam_actions
