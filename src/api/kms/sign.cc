#include "api/kms/actions.h"
#include "api/kms/conditions.h"
#include "api/kms/signing.h"

namespace claviger::api::kms {
namespace {

struct SignRequest {
  std::string key_id;
  SecretBytes message;
  keys::MessageType message_type = keys::MessageType::kRaw;
  GrantTokens grant_tokens;
  keys::SigningAlgorithm algorithm{};
  bool dry_run = false;
};
constexpr auto kSignRequest = wire::members<SignRequest>(
    wire::required<&SignRequest::key_id>("KeyId", kKeyIdLength),
    wire::required<&SignRequest::message>("Message", wire::length(1, 4096), wire::sensitive),
    wire::optional<&SignRequest::message_type>("MessageType", wire::audit_always),
    grant_tokens_member<&SignRequest::grant_tokens>(), wire::required<&SignRequest::algorithm>("SigningAlgorithm"),
    wire::optional<&SignRequest::dry_run>("DryRun", wire::not_audited));

struct SignResponse {
  std::string key_id;
  Bytes signature;
  keys::SigningAlgorithm algorithm{};
};
constexpr auto kSignResponse = wire::members<SignResponse>(
    wire::required<&SignResponse::key_id>("KeyId"), wire::required<&SignResponse::signature>("Signature"),
    wire::required<&SignResponse::algorithm>("SigningAlgorithm"));

Result<Targets> sign_targets(const SignRequest& request) {
  return Targets{used_key(request.key_id, "kms:Sign", request.algorithm)};
}

Result<Reply<SignResponse>> sign(const Context& context, SignRequest& request) {
  CLAVIGER_TRY(check_grant_tokens(context, request.grant_tokens));
  const AuthorizedKey& key = context.key();
  CLAVIGER_ASSIGN(const SigningTask task,
                  signing_task({key.record().spec, request.algorithm, request.message_type, request.message}));
  const keys::Material& material = key.record().current_material();
  CLAVIGER_ASSIGN(Bytes signature, context.services.private_keys->sign(key.binding(), material.id, material.token,
                                                                       task.algorithm, task.form, request.message));
  return SignResponse{key.arn(), std::move(signature), request.algorithm};
}

// With these keys it takes no longer than encryption does.
bool sign_computes(const SignRequest&, const keys::KeyRecord* key) {
  return key == nullptr ||
         (key->spec != keys::KeySpec::kEccNistP256 && key->spec != keys::KeySpec::kEccNistEdwards25519);
}

constexpr auto kSignConditions = std::to_array<ConditionKey<SignRequest>>({
                                     {"kms:MessageType", name_condition<SignRequest, &SignRequest::message_type>},
                                     {"kms:SigningAlgorithm", name_condition<SignRequest, &SignRequest::algorithm>},
                                 }) +
                                 kRequestAlias<SignRequest>;

}  // namespace

std::unique_ptr<const Action> sign_action() {
  return make_action(Definition{.name = "Sign",
                                .permission = "kms:Sign",
                                .read_only = true,
                                .request = kSignRequest,
                                .response = kSignResponse,
                                .targets = sign_targets,
                                .handle = sign,
                                .computes = sign_computes,
                                .is_dry_run = [](const SignRequest& request) { return request.dry_run; },
                                .conditions = kSignConditions});
}

}  // namespace claviger::api::kms
