#include "api/iam/actions.h"

#include "api/iam/common.h"
#include "api/iam/fields.h"
#include "iam/entity_rules.h"

namespace claviger::api::iam_actions {
namespace {

struct DeleteAccountAliasRequest {
  std::string account_alias;
};
constexpr auto kDeleteAccountAliasRequest =
    wire::members<DeleteAccountAliasRequest>(wire::required<&DeleteAccountAliasRequest::account_alias>(
        "AccountAlias", wire::length(3, 63), wire::pattern(patterns::kAccountAlias)));

Result<Reply<NoResponse>> delete_account_alias(const Context& context, DeleteAccountAliasRequest& request) {
  CLAVIGER_ASSIGN(store::Commit commit,
                  iam::remove_account_alias(rules(context), context.scope.account, request.account_alias));
  return Reply<NoResponse>({}, std::move(commit));
}

}  // namespace

std::unique_ptr<const Action> delete_account_alias_action() {
  return make_action(Definition{.name = "DeleteAccountAlias",
                                .permission = "iam:DeleteAccountAlias",
                                .read_only = false,
                                .request = kDeleteAccountAliasRequest,
                                .response = kNoResponse,
                                .handle = delete_account_alias,
                                .service = Service::kIam});
}

}  // namespace claviger::api::iam_actions
