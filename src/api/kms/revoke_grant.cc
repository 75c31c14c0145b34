#include "api/kms/actions.h"
#include "api/kms/grant.h"

namespace claviger::api::kms {
namespace {

struct RevokeGrantRequest {
  std::string key_id;
  std::string grant_id;
  bool dry_run = false;
};
constexpr auto kRevokeGrantRequest =
    wire::members<RevokeGrantRequest>(wire::required<&RevokeGrantRequest::key_id>("KeyId", kKeyIdLength),
                                      wire::required<&RevokeGrantRequest::grant_id>("GrantId", kGrantIdLength),
                                      wire::optional<&RevokeGrantRequest::dry_run>("DryRun", wire::not_audited));

Result<Targets> revoke_grant_targets(const RevokeGrantRequest& request) {
  CLAVIGER_TRY(parse_grant_id(request.grant_id));
  Target target = managed_key(request.key_id, "kms:RevokeGrant", keys::StateRule::kAny);
  target.cross_account = true;
  return Targets{target};
}

Result<Reply<NoResponse>> revoke_grant(const Context& context, RevokeGrantRequest& request) {
  CLAVIGER_ASSIGN(const keys::GrantId id, parse_grant_id(request.grant_id));
  const keys::KeyRecord& key = context.key().record();
  CLAVIGER_ASSIGN(const auto grant, read_grant(*context.services.store, {{key.scope, key.id}, id}));
  if (!grant) return fail(missing_grant(id));
  CLAVIGER_ASSIGN(store::Commit commit, deletion_of(*context.services.store, *grant));
  return Reply<NoResponse>({}, std::move(commit));
}

}  // namespace

std::unique_ptr<const Action> revoke_grant_action() {
  return make_action(Definition{.name = "RevokeGrant",
                                .permission = "kms:RevokeGrant",
                                .read_only = false,
                                .request = kRevokeGrantRequest,
                                .response = kNoResponse,
                                .targets = revoke_grant_targets,
                                .handle = revoke_grant,
                                .reads_store = true,
                                .is_dry_run = [](const RevokeGrantRequest& request) { return request.dry_run; },
                                .conditions = kGrantIsForAwsResource<RevokeGrantRequest>});
}

}  // namespace claviger::api::kms
