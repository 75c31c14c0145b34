#include "api/iam/actions.h"

#include "api/iam/common.h"
#include "api/iam/fields.h"
#include "iam/entity_rules.h"

namespace claviger::api::iam_actions {
namespace {

struct CreateAccountAliasRequest {
  std::string account_alias;
};
constexpr auto kCreateAccountAliasRequest =
    wire::members<CreateAccountAliasRequest>(wire::required<&CreateAccountAliasRequest::account_alias>(
        "AccountAlias", wire::length(3, 63), wire::pattern(patterns::kAccountAlias)));

Result<Reply<NoResponse>> create_account_alias(const Context& context, CreateAccountAliasRequest& request) {
  CLAVIGER_ASSIGN(store::Commit commit,
                  iam::set_account_alias(rules(context), context.scope.account, request.account_alias));
  return Reply<NoResponse>({}, std::move(commit));
}

}  // namespace

std::unique_ptr<const Action> create_account_alias_action() {
  return make_action(Definition{.name = "CreateAccountAlias",
                                .permission = "iam:CreateAccountAlias",
                                .read_only = false,
                                .request = kCreateAccountAliasRequest,
                                .response = kNoResponse,
                                .handle = create_account_alias,
                                .service = Service::kIam});
}

}  // namespace claviger::api::iam_actions
