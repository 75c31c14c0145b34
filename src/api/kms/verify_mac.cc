#include "api/kms/actions.h"
#include "api/kms/conditions.h"

namespace claviger::api::kms {
namespace {

struct VerifyMacRequest {
  SecretBytes message;
  std::string key_id;
  keys::MacAlgorithm algorithm{};
  Bytes mac;
  GrantTokens grant_tokens;
  bool dry_run = false;
};
constexpr auto kVerifyMacRequest = wire::members<VerifyMacRequest>(
    wire::required<&VerifyMacRequest::message>("Message", wire::length(1, 4096), wire::sensitive),
    wire::required<&VerifyMacRequest::key_id>("KeyId", kKeyIdLength),
    wire::required<&VerifyMacRequest::algorithm>("MacAlgorithm"),
    wire::required<&VerifyMacRequest::mac>("Mac", wire::length(1, 6144)),
    grant_tokens_member<&VerifyMacRequest::grant_tokens>(),
    wire::optional<&VerifyMacRequest::dry_run>("DryRun", wire::not_audited));

struct VerifyMacResponse {
  std::string key_id;
  bool mac_valid = false;
  keys::MacAlgorithm algorithm{};
};
constexpr auto kVerifyMacResponse = wire::members<VerifyMacResponse>(
    wire::required<&VerifyMacResponse::key_id>("KeyId"), wire::required<&VerifyMacResponse::mac_valid>("MacValid"),
    wire::required<&VerifyMacResponse::algorithm>("MacAlgorithm"));

Result<Targets> verify_mac_targets(const VerifyMacRequest& request) {
  return Targets{used_key(request.key_id, "kms:VerifyMac", request.algorithm)};
}

Result<Reply<VerifyMacResponse>> verify_mac(const Context& context, VerifyMacRequest& request) {
  CLAVIGER_TRY(check_grant_tokens(context, request.grant_tokens));
  const AuthorizedKey& key = context.key();
  const keys::Material& material = key.record().current_material();
  CLAVIGER_ASSIGN(const bool valid, context.services.hsm->verify_mac(key.binding(), material.id, material.token,
                                                                     request.message, request.mac));
  if (!valid) return fail(ErrorCode::kKmsInvalidMac, {});
  return VerifyMacResponse{key.arn(), true, request.algorithm};
}

constexpr auto kVerifyMacConditions =
    std::to_array<ConditionKey<VerifyMacRequest>>({
        {"kms:MacAlgorithm", name_condition<VerifyMacRequest, &VerifyMacRequest::algorithm>},
    }) +
    kRequestAlias<VerifyMacRequest>;

}  // namespace

std::unique_ptr<const Action> verify_mac_action() {
  return make_action(Definition{.name = "VerifyMac",
                                .permission = "kms:VerifyMac",
                                .read_only = true,
                                .request = kVerifyMacRequest,
                                .response = kVerifyMacResponse,
                                .targets = verify_mac_targets,
                                .handle = verify_mac,
                                .is_dry_run = [](const VerifyMacRequest& request) { return request.dry_run; },
                                .conditions = kVerifyMacConditions});
}

}  // namespace claviger::api::kms
