#include "api/kms/actions.h"
#include "api/kms/grant.h"

namespace claviger::api::kms {
namespace {

struct RetireGrantRequest {
  std::optional<std::string> grant_token;
  std::optional<std::string> key_id;
  std::optional<std::string> grant_id;
  bool dry_run = false;
};
// CloudTrail shows none of it, but the key and the grant elsewhere in the record.
constexpr auto kRetireGrantRequest = wire::members<RetireGrantRequest>(
    wire::optional<&RetireGrantRequest::grant_token>("GrantToken", wire::length(1, 8192), wire::not_audited),
    wire::optional<&RetireGrantRequest::key_id>("KeyId", kKeyIdLength, wire::not_audited),
    wire::optional<&RetireGrantRequest::grant_id>("GrantId", kGrantIdLength, wire::not_audited),
    wire::optional<&RetireGrantRequest::dry_run>("DryRun", wire::not_audited));

Result<Targets> retire_grant_targets(const RetireGrantRequest& request) {
  const bool by_token = request.grant_token && !request.key_id && !request.grant_id;
  const bool by_id = !request.grant_token && request.key_id && request.grant_id;
  if (!by_token && !by_id) {
    return fail(Error::validation("Specify either a grant token, or a key ARN and a grant ID."));
  }
  Target target = managed_key("", "kms:RetireGrant", keys::StateRule::kAny);
  target.cross_account = true;
  if (by_token) {
    target.kind = Target::Kind::kGrantToken;
    target.text = *request.grant_token;
    return Targets{target};
  }
  CLAVIGER_TRY(parse_grant_id(*request.grant_id));
  if (!request.key_id->starts_with("arn:")) {
    return fail(ErrorCode::kInvalidArn, "Invalid ARN '" + *request.key_id + "'");
  }
  target.text = *request.key_id;
  target.grant_id = *request.grant_id;
  return Targets{target};
}

Result<Reply<NoResponse>> retire_grant(const Context& context, RetireGrantRequest&) {
  const GrantSnapshot& grant = *context.key().grant();
  CLAVIGER_ASSIGN(store::Commit commit, deletion_of(*context.services.store, grant));
  Reply<NoResponse> reply({}, std::move(commit));
  reply.additional_event_data = "{\"grantId\":\"" + std::string(grant.place.grant.view()) + "\"}";
  return reply;
}

}  // namespace

std::unique_ptr<const Action> retire_grant_action() {
  return make_action(Definition{.name = "RetireGrant",
                                .permission = "kms:RetireGrant",
                                .read_only = false,
                                .request = kRetireGrantRequest,
                                .response = kNoResponse,
                                .targets = retire_grant_targets,
                                .handle = retire_grant,
                                .reads_store = true,
                                .is_dry_run = [](const RetireGrantRequest& request) { return request.dry_run; }});
}

}  // namespace claviger::api::kms
