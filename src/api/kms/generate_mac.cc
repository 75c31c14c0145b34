#include "api/kms/actions.h"
#include "api/kms/conditions.h"

namespace claviger::api::kms {
namespace {

struct GenerateMacRequest {
  SecretBytes message;
  std::string key_id;
  keys::MacAlgorithm algorithm{};
  GrantTokens grant_tokens;
  bool dry_run = false;
};
constexpr auto kGenerateMacRequest = wire::members<GenerateMacRequest>(
    wire::required<&GenerateMacRequest::message>("Message", wire::length(1, 4096), wire::sensitive),
    wire::required<&GenerateMacRequest::key_id>("KeyId", kKeyIdLength),
    wire::required<&GenerateMacRequest::algorithm>("MacAlgorithm"),
    grant_tokens_member<&GenerateMacRequest::grant_tokens>(),
    wire::optional<&GenerateMacRequest::dry_run>("DryRun", wire::not_audited));

struct GenerateMacResponse {
  Bytes mac;
  keys::MacAlgorithm algorithm{};
  std::string key_id;
};
constexpr auto kGenerateMacResponse = wire::members<GenerateMacResponse>(
    wire::required<&GenerateMacResponse::mac>("Mac"), wire::required<&GenerateMacResponse::algorithm>("MacAlgorithm"),
    wire::required<&GenerateMacResponse::key_id>("KeyId"));

Result<Targets> generate_mac_targets(const GenerateMacRequest& request) {
  return Targets{used_key(request.key_id, "kms:GenerateMac", request.algorithm)};
}

Result<Reply<GenerateMacResponse>> generate_mac(const Context& context, GenerateMacRequest& request) {
  CLAVIGER_TRY(check_grant_tokens(context, request.grant_tokens));
  const AuthorizedKey& key = context.key();
  const keys::Material& material = key.record().current_material();
  CLAVIGER_ASSIGN(Bytes mac,
                  context.services.hsm->generate_mac(key.binding(), material.id, material.token, request.message));
  return GenerateMacResponse{std::move(mac), request.algorithm, key.arn()};
}

constexpr auto kGenerateMacConditions =
    std::to_array<ConditionKey<GenerateMacRequest>>({
        {"kms:MacAlgorithm", name_condition<GenerateMacRequest, &GenerateMacRequest::algorithm>},
    }) +
    kRequestAlias<GenerateMacRequest>;

}  // namespace

std::unique_ptr<const Action> generate_mac_action() {
  return make_action(Definition{.name = "GenerateMac",
                                .permission = "kms:GenerateMac",
                                .read_only = true,
                                .request = kGenerateMacRequest,
                                .response = kGenerateMacResponse,
                                .targets = generate_mac_targets,
                                .handle = generate_mac,
                                .is_dry_run = [](const GenerateMacRequest& request) { return request.dry_run; },
                                .conditions = kGenerateMacConditions});
}

}  // namespace claviger::api::kms
