#include <limits>

#include "api/kms/actions.h"
#include "api/kms/alias.h"

namespace claviger::api::kms {
namespace {

struct DeleteAliasRequest {
  std::string alias_name;
};
constexpr auto kDeleteAliasRequest = wire::members<DeleteAliasRequest>(wire::required<&DeleteAliasRequest::alias_name>(
    "AliasName", wire::length(1, 256), wire::pattern(kAliasNamePattern)));

Result<Targets> delete_alias_targets(const DeleteAliasRequest& request) {
  CLAVIGER_TRY(writable_alias(request.alias_name));
  return Targets{{.kind = Target::Kind::kAlias, .text = request.alias_name, .permission = "kms:DeleteAlias"},
                 {.kind = Target::Kind::kKeyOfAlias, .permission = "kms:DeleteAlias"}};
}

Result<Reply<NoResponse>> delete_alias(const Context& context, DeleteAliasRequest&) {
  const AliasSnapshot& alias = *context.aliases.front();
  const std::string place = keys::layout::alias(context.scope, alias.name);
  store::Commit commit;
  commit.preconditions.push_back({place, alias.revision});
  commit.mutations.push_back(store::Delete{place});
  commit.mutations.push_back(store::Delete{keys::layout::alias_of(context.scope, alias.record.target, alias.name)});
  commit.mutations.push_back(store::Add{keys::layout::alias_count(context.scope, alias.record.target), -1,
                                        std::numeric_limits<std::int64_t>::max()});
  return Reply<NoResponse>({}, std::move(commit));
}

}  // namespace

std::unique_ptr<const Action> delete_alias_action() {
  return make_action(Definition{.name = "DeleteAlias",
                                .permission = "kms:DeleteAlias",
                                .read_only = false,
                                .request = kDeleteAliasRequest,
                                .response = kNoResponse,
                                .targets = delete_alias_targets,
                                .handle = delete_alias});
}

}  // namespace claviger::api::kms
