#include "api/kms/actions.h"
#include "api/kms/common.h"
#include "api/kms/conditions.h"
#include "api/kms/encryption.h"

namespace claviger::api::kms {
namespace {

struct EncryptRequest {
  std::string key_id;
  SecretBytes plaintext;
  EncryptionContext encryption_context;
  GrantTokens grant_tokens;
  keys::EncryptionAlgorithm algorithm = keys::EncryptionAlgorithm::kSymmetricDefault;
  bool dry_run = false;
};
constexpr auto kEncryptRequest = wire::members<EncryptRequest>(
    wire::required<&EncryptRequest::key_id>("KeyId", kKeyIdLength),
    wire::required<&EncryptRequest::plaintext>("Plaintext", wire::length(1, 4096), wire::sensitive),
    wire::optional<&EncryptRequest::encryption_context>("EncryptionContext"),
    wire::optional<&EncryptRequest::grant_tokens>("GrantTokens", wire::size(0, 10), wire::each(wire::length(1, 8192)),
                                                  wire::not_audited),
    wire::optional<&EncryptRequest::algorithm>("EncryptionAlgorithm", wire::audit_always),
    wire::optional<&EncryptRequest::dry_run>("DryRun", wire::not_audited));

struct EncryptResponse {
  Bytes ciphertext_blob;
  std::string key_id;
  keys::EncryptionAlgorithm algorithm{};
};
constexpr auto kEncryptResponse =
    wire::members<EncryptResponse>(wire::required<&EncryptResponse::ciphertext_blob>("CiphertextBlob"),
                                   wire::required<&EncryptResponse::key_id>("KeyId"),
                                   wire::required<&EncryptResponse::algorithm>("EncryptionAlgorithm"));

Result<Targets> encrypt_targets(const EncryptRequest& request) {
  return Targets{with_context(used_key(request.key_id, "kms:Encrypt", request.algorithm), request.encryption_context)};
}

Result<Reply<EncryptResponse>> encrypt(const Context& context, EncryptRequest& request) {
  CLAVIGER_TRY(check_grant_tokens(context, request.grant_tokens));
  const AuthorizedKey& key = context.key();
  CLAVIGER_ASSIGN(Bytes blob, encrypt_with(context.services, {key, request.algorithm, request.encryption_context},
                                           request.plaintext));
  Reply<EncryptResponse> reply(EncryptResponse{std::move(blob), key.arn(), request.algorithm});
  reply.additional_event_data = material_event_data(key.record(), key.record().current_material().id);
  return reply;
}

EncryptionFacts encrypt_facts(const EncryptRequest& request, std::size_t) {
  return {request.algorithm, request.encryption_context};
}

}  // namespace

std::unique_ptr<const Action> encrypt_action() {
  return make_action(Definition{.name = "Encrypt",
                                .permission = "kms:Encrypt",
                                .read_only = true,
                                .request = kEncryptRequest,
                                .response = kEncryptResponse,
                                .targets = encrypt_targets,
                                .handle = encrypt,
                                .computes = [](const EncryptRequest& request,
                                               const keys::KeyRecord*) { return encrypts_slowly(request.algorithm); },
                                .is_dry_run = [](const EncryptRequest& request) { return request.dry_run; },
                                .conditions = kEncryptionConditions<EncryptRequest, encrypt_facts>});
}

}  // namespace claviger::api::kms
