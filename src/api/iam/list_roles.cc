#include "api/iam/actions.h"

#include "api/iam/common.h"
#include "api/iam/entities.h"
#include "api/iam/fields.h"
#include "api/iam/listing.h"

namespace claviger::api::iam_actions {
namespace {

struct ListRolesRequest {
  std::optional<std::string> path_prefix;
  std::optional<std::string> marker;
  std::optional<std::int32_t> max_items;
};
constexpr auto kListRolesRequest =
    wire::members<ListRolesRequest>(path_prefix<&ListRolesRequest::path_prefix>(), marker<&ListRolesRequest::marker>(),
                                    max_items<&ListRolesRequest::max_items>());

struct ListRolesResponse {
  std::vector<RoleEntry> roles;
  bool is_truncated = false;
  std::optional<std::string> marker;
};
constexpr auto kListRolesResponse = wire::members<ListRolesResponse>(wire::required<&ListRolesResponse::roles>("Roles"),
                                                                     is_truncated<&ListRolesResponse::is_truncated>(),
                                                                     next_marker<&ListRolesResponse::marker>());

Result<Reply<ListRolesResponse>> list_roles(const Context& context, ListRolesRequest& request) {
  const iam::Account* account = context.iam->account(context.scope.account);
  ListRolesResponse response;
  if (account == nullptr) return response;
  const std::string prefix = request.path_prefix.value_or("/");
  CLAVIGER_TRY(list_page(context, "ListRoles" + prefix, request, account->roles, response, response.roles,
                         [&](const auto& named) -> std::optional<RoleEntry> {
                           const iam::Role& role = *context.iam->role(named.second);
                           if (!role.record.path.starts_with(prefix)) return std::nullopt;
                           return role_entry(context, role.record, Detail::kListed);
                         }));
  return response;
}

Result<std::string> list_roles_resource(const Context& context, const ListRolesRequest& request) {
  return account_resource(context, "role" + request.path_prefix.value_or("/"));
}

}  // namespace

std::unique_ptr<const Action> list_roles_action() {
  return make_action(Definition{.name = "ListRoles",
                                .permission = "iam:ListRoles",
                                .read_only = true,
                                .request = kListRolesRequest,
                                .response = kListRolesResponse,
                                .handle = list_roles,
                                .service = Service::kIam,
                                .resource = list_roles_resource});
}

}  // namespace claviger::api::iam_actions
