#include "api/kms/actions.h"
#include "api/kms/conditions.h"
#include "api/kms/data_key.h"
#include "base/encoding.h"

namespace claviger::api::kms {
namespace {

struct WithoutPlaintextRequest {
  std::string key_id;
  EncryptionContext encryption_context;
  std::optional<keys::DataKeySpec> key_spec;
  std::optional<std::int32_t> number_of_bytes;
  GrantTokens grant_tokens;
  bool dry_run = false;
};
constexpr auto kGenerateDataKeyWithoutPlaintextRequest = wire::members<WithoutPlaintextRequest>(
    wire::required<&WithoutPlaintextRequest::key_id>("KeyId", kKeyIdLength),
    wire::optional<&WithoutPlaintextRequest::encryption_context>("EncryptionContext"),
    wire::optional<&WithoutPlaintextRequest::key_spec>("KeySpec"),
    wire::optional<&WithoutPlaintextRequest::number_of_bytes>("NumberOfBytes", wire::range(1, 1024)),
    wire::optional<&WithoutPlaintextRequest::grant_tokens>("GrantTokens", wire::size(0, 10),
                                                           wire::each(wire::length(1, 8192)), wire::not_audited),
    wire::optional<&WithoutPlaintextRequest::dry_run>("DryRun", wire::not_audited));

struct WithoutPlaintextResponse {
  Bytes ciphertext_blob;
  std::string key_id;
  std::string key_material_id;
};
constexpr auto kGenerateDataKeyWithoutPlaintextResponse = wire::members<WithoutPlaintextResponse>(
    wire::required<&WithoutPlaintextResponse::ciphertext_blob>("CiphertextBlob"),
    wire::required<&WithoutPlaintextResponse::key_id>("KeyId"),
    wire::required<&WithoutPlaintextResponse::key_material_id>("KeyMaterialId"));

Result<Targets> generate_data_key_without_plaintext_targets(const WithoutPlaintextRequest& request) {
  CLAVIGER_TRY(data_key_size(request.key_spec, request.number_of_bytes));
  return Targets{with_context(
      used_key(request.key_id, "kms:GenerateDataKeyWithoutPlaintext", keys::EncryptionAlgorithm::kSymmetricDefault),
      request.encryption_context)};
}

Result<Reply<WithoutPlaintextResponse>> generate(const Context& context, WithoutPlaintextRequest& request) {
  CLAVIGER_TRY(check_grant_tokens(context, request.grant_tokens));
  const AuthorizedKey& key = context.key();
  const keys::Material& material = key.record().current_material();
  CLAVIGER_ASSIGN(const std::size_t size, data_key_size(request.key_spec, request.number_of_bytes));
  CLAVIGER_ASSIGN(auto data_key, context.services.hsm->generate_data_key(key.binding(), material.id, material.token,
                                                                         request.encryption_context, size));
  Reply<WithoutPlaintextResponse> reply(
      WithoutPlaintextResponse{std::move(data_key.ciphertext), key.arn(), hex_encode(material.id)});
  reply.additional_event_data = material_event_data(key.record(), material.id);
  return reply;
}

EncryptionFacts generate_data_key_without_plaintext_facts(const WithoutPlaintextRequest& request, std::size_t) {
  return {keys::EncryptionAlgorithm::kSymmetricDefault, request.encryption_context};
}

}  // namespace

std::unique_ptr<const Action> generate_data_key_without_plaintext_action() {
  return make_action(Definition{
      .name = "GenerateDataKeyWithoutPlaintext",
      .permission = "kms:GenerateDataKeyWithoutPlaintext",
      .read_only = true,
      .request = kGenerateDataKeyWithoutPlaintextRequest,
      .response = kGenerateDataKeyWithoutPlaintextResponse,
      .targets = generate_data_key_without_plaintext_targets,
      .handle = generate,
      .is_dry_run = [](const WithoutPlaintextRequest& request) { return request.dry_run; },
      .conditions = kEncryptionConditions<WithoutPlaintextRequest, generate_data_key_without_plaintext_facts>});
}

}  // namespace claviger::api::kms
