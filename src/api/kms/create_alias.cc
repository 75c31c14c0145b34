#include <fmt/format.h>

#include "api/kms/actions.h"
#include "api/kms/alias.h"

namespace claviger::api::kms {
namespace {

struct CreateAliasRequest {
  std::string alias_name;
  std::string target_key_id;
};
constexpr auto kCreateAliasRequest =
    wire::members<CreateAliasRequest>(wire::required<&CreateAliasRequest::alias_name>("AliasName", wire::length(1, 256),
                                                                                      wire::pattern(kAliasNamePattern)),
                                      wire::required<&CreateAliasRequest::target_key_id>("TargetKeyId", kKeyIdLength));

Result<Targets> create_alias_targets(const CreateAliasRequest& request) {
  CLAVIGER_TRY(writable_alias(request.alias_name));
  return Targets{alias_target_key(request.target_key_id, "kms:CreateAlias"),
                 {.kind = Target::Kind::kNewAlias, .text = request.alias_name, .permission = "kms:CreateAlias"}};
}

Result<Reply<NoResponse>> create_alias(const Context& context, CreateAliasRequest& request) {
  CLAVIGER_ASSIGN(const AliasName name, writable_alias(request.alias_name));
  const AuthorizedKey& key = context.key();
  if (context.aliases.front() != nullptr) {
    return fail(ErrorCode::kAlreadyExists,
                fmt::format("An alias with the name {} already exists", alias_arn(context.scope, name.view())));
  }
  const WallTime now = context.services.clock->now();
  const keys::AliasRecord record{.target = key.record().id, .created = now, .updated = now};
  const std::string place = keys::layout::alias(context.scope, name);
  store::Commit commit;
  // The key must still be there, and the name still free, when this is written.
  commit.preconditions.push_back({keys::layout::key(context.scope, record.target), key.revision()});
  commit.preconditions.push_back({place, 0});
  commit.mutations.push_back(store::Put{place, keys::encode(record)});
  commit.mutations.push_back(store::Put{keys::layout::alias_of(context.scope, record.target, name), {}});
  commit.mutations.push_back(
      store::Add{keys::layout::alias_count(context.scope, record.target), 1, context.services.limits.aliases_per_key});
  Reply<NoResponse> reply({}, std::move(commit));
  reply.limit_message = kAliasLimitMessage;
  return reply;
}

}  // namespace

std::unique_ptr<const Action> create_alias_action() {
  return make_action(Definition{.name = "CreateAlias",
                                .permission = "kms:CreateAlias",
                                .read_only = false,
                                .request = kCreateAliasRequest,
                                .response = kNoResponse,
                                .targets = create_alias_targets,
                                .handle = create_alias});
}

}  // namespace claviger::api::kms
