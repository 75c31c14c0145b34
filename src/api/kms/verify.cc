#include "api/kms/actions.h"
#include "api/kms/conditions.h"
#include "api/kms/signing.h"

namespace claviger::api::kms {
namespace {

struct VerifyRequest {
  std::string key_id;
  SecretBytes message;
  keys::MessageType message_type = keys::MessageType::kRaw;
  Bytes signature;
  keys::SigningAlgorithm algorithm{};
  GrantTokens grant_tokens;
  bool dry_run = false;
};
constexpr auto kVerifyRequest = wire::members<VerifyRequest>(
    wire::required<&VerifyRequest::key_id>("KeyId", kKeyIdLength),
    wire::required<&VerifyRequest::message>("Message", wire::length(1, 4096), wire::sensitive),
    wire::optional<&VerifyRequest::message_type>("MessageType", wire::audit_always),
    wire::required<&VerifyRequest::signature>("Signature", wire::length(1, 6144)),
    wire::required<&VerifyRequest::algorithm>("SigningAlgorithm"), grant_tokens_member<&VerifyRequest::grant_tokens>(),
    wire::optional<&VerifyRequest::dry_run>("DryRun", wire::not_audited));

struct VerifyResponse {
  std::string key_id;
  bool signature_valid = false;
  keys::SigningAlgorithm algorithm{};
};
constexpr auto kVerifyResponse =
    wire::members<VerifyResponse>(wire::required<&VerifyResponse::key_id>("KeyId"),
                                  wire::required<&VerifyResponse::signature_valid>("SignatureValid"),
                                  wire::required<&VerifyResponse::algorithm>("SigningAlgorithm"));

Result<Targets> verify_targets(const VerifyRequest& request) {
  return Targets{used_key(request.key_id, "kms:Verify", request.algorithm)};
}

Result<Reply<VerifyResponse>> verify(const Context& context, VerifyRequest& request) {
  CLAVIGER_TRY(check_grant_tokens(context, request.grant_tokens));
  const AuthorizedKey& key = context.key();
  CLAVIGER_ASSIGN(const SigningTask task,
                  signing_task({key.record().spec, request.algorithm, request.message_type, request.message}));
  if (!hsm::verify(key.public_key(), task.algorithm, task.form, request.message, request.signature)) {
    return fail(ErrorCode::kKmsInvalidSignature, {});
  }
  return VerifyResponse{key.arn(), true, request.algorithm};
}

// By RSA it is quick.
bool verify_computes(const VerifyRequest&, const keys::KeyRecord* key) {
  return key != nullptr && !keys::offers(key->spec, keys::SigningAlgorithm::kRsassaPssSha256);
}

constexpr auto kVerifyConditions =
    std::to_array<ConditionKey<VerifyRequest>>({
        {"kms:MessageType", name_condition<VerifyRequest, &VerifyRequest::message_type>},
        {"kms:SigningAlgorithm", name_condition<VerifyRequest, &VerifyRequest::algorithm>},
    }) +
    kRequestAlias<VerifyRequest>;

}  // namespace

std::unique_ptr<const Action> verify_action() {
  return make_action(Definition{.name = "Verify",
                                .permission = "kms:Verify",
                                .read_only = true,
                                .request = kVerifyRequest,
                                .response = kVerifyResponse,
                                .targets = verify_targets,
                                .handle = verify,
                                .computes = verify_computes,
                                .is_dry_run = [](const VerifyRequest& request) { return request.dry_run; },
                                .conditions = kVerifyConditions});
}

}  // namespace claviger::api::kms
