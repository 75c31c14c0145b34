#include "api/iam/actions.h"

#include "api/iam/common.h"
#include "api/iam/fields.h"
#include "api/iam/listing.h"

namespace claviger::api::iam_actions {
namespace {

struct ListAccountAliasesRequest {
  std::optional<std::string> marker;
  std::optional<std::int32_t> max_items;
};
constexpr auto kListAccountAliasesRequest = wire::members<ListAccountAliasesRequest>(
    marker<&ListAccountAliasesRequest::marker>(), max_items<&ListAccountAliasesRequest::max_items>());

struct ListAccountAliasesResponse {
  std::vector<std::string> account_aliases;
  bool is_truncated = false;
  std::optional<std::string> marker;
};
constexpr auto kListAccountAliasesResponse = wire::members<ListAccountAliasesResponse>(
    wire::required<&ListAccountAliasesResponse::account_aliases>("AccountAliases"),
    is_truncated<&ListAccountAliasesResponse::is_truncated>(), next_marker<&ListAccountAliasesResponse::marker>());

Result<Reply<ListAccountAliasesResponse>> list_account_aliases(const Context& context,
                                                               ListAccountAliasesRequest& request) {
  const iam::Account* account = context.iam->account(context.scope.account);
  std::vector<std::string> aliases;
  if (account != nullptr && account->record && !account->record->alias.empty()) {
    aliases.push_back(account->record->alias);
  }
  ListAccountAliasesResponse response;
  CLAVIGER_TRY(list_page(context, "ListAccountAliases", request, aliases, response, response.account_aliases,
                         [](const std::string& alias) { return std::optional(alias); }));
  return response;
}

}  // namespace

std::unique_ptr<const Action> list_account_aliases_action() {
  return make_action(Definition{.name = "ListAccountAliases",
                                .permission = "iam:ListAccountAliases",
                                .read_only = true,
                                .request = kListAccountAliasesRequest,
                                .response = kListAccountAliasesResponse,
                                .handle = list_account_aliases,
                                .service = Service::kIam});
}

}  // namespace claviger::api::iam_actions
