#include "api/iam/actions.h"

#include "api/iam/common.h"
#include "api/iam/fields.h"
#include "iam/entity_rules.h"
#include "iam/names.h"

namespace claviger::api::iam_actions {
namespace {

constexpr wire::Pattern kAliasPattern{.expression = R"(^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$)",
                                      .matches = iam::is_account_alias};

struct DeleteAccountAliasRequest {
  std::string account_alias;
};
constexpr auto kRequest =
    wire::members<DeleteAccountAliasRequest>(wire::required<&DeleteAccountAliasRequest::account_alias>(
        "AccountAlias", wire::length(3, 63), wire::pattern(kAliasPattern)));

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
                                .request = kRequest,
                                .response = kNoResponse,
                                .handle = delete_account_alias,
                                .service = Service::kIam});
}

}  // namespace claviger::api::iam_actions
