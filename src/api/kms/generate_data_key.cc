#include "api/kms/actions.h"
#include "api/kms/conditions.h"
#include "api/kms/data_key.h"
#include "api/kms/recipient.h"
#include "base/encoding.h"

namespace claviger::api::kms {
namespace {

struct GenerateDataKeyRequest {
  std::string key_id;
  EncryptionContext encryption_context;
  std::optional<std::int32_t> number_of_bytes;
  std::optional<keys::DataKeySpec> key_spec;
  GrantTokens grant_tokens;
  std::optional<RecipientInfo> recipient;
  bool dry_run = false;
};
constexpr auto kGenerateDataKeyRequest = wire::members<GenerateDataKeyRequest>(
    wire::required<&GenerateDataKeyRequest::key_id>("KeyId", kKeyIdLength),
    wire::optional<&GenerateDataKeyRequest::encryption_context>("EncryptionContext"),
    wire::optional<&GenerateDataKeyRequest::number_of_bytes>("NumberOfBytes", wire::range(1, 1024)),
    wire::optional<&GenerateDataKeyRequest::key_spec>("KeySpec"),
    wire::optional<&GenerateDataKeyRequest::grant_tokens>("GrantTokens", wire::size(0, 10),
                                                          wire::each(wire::length(1, 8192)), wire::not_audited),
    recipient_member<&GenerateDataKeyRequest::recipient>(),
    wire::optional<&GenerateDataKeyRequest::dry_run>("DryRun", wire::not_audited));

struct GenerateDataKeyResponse {
  Bytes ciphertext_blob;
  SecretBytes plaintext;
  std::string key_id;
  Bytes ciphertext_for_recipient;
  std::string key_material_id;
};
constexpr auto kGenerateDataKeyResponse = wire::members<GenerateDataKeyResponse>(
    wire::required<&GenerateDataKeyResponse::ciphertext_blob>("CiphertextBlob"),
    wire::optional<&GenerateDataKeyResponse::plaintext>("Plaintext", wire::sensitive),
    wire::required<&GenerateDataKeyResponse::key_id>("KeyId"),
    wire::optional<&GenerateDataKeyResponse::ciphertext_for_recipient>("CiphertextForRecipient"),
    wire::optional<&GenerateDataKeyResponse::key_material_id>("KeyMaterialId"));

Result<Targets> generate_data_key_targets(const GenerateDataKeyRequest& request) {
  CLAVIGER_TRY(data_key_size(request.key_spec, request.number_of_bytes));
  return Targets{
      with_context(used_key(request.key_id, "kms:GenerateDataKey", keys::EncryptionAlgorithm::kSymmetricDefault),
                   request.encryption_context)};
}

Result<Reply<GenerateDataKeyResponse>> generate_data_key(const Context& context, GenerateDataKeyRequest& request) {
  CLAVIGER_TRY(check_grant_tokens(context, request.grant_tokens));
  CLAVIGER_ASSIGN(const Recipient recipient, Recipient::of(context, request.recipient));
  const AuthorizedKey& key = context.key();
  const keys::Material& material = key.record().current_material();
  CLAVIGER_ASSIGN(const std::size_t size, data_key_size(request.key_spec, request.number_of_bytes));
  CLAVIGER_ASSIGN(auto data_key, context.services.hsm->generate_data_key(key.binding(), material.id, material.token,
                                                                         request.encryption_context, size));
  Bytes enveloped = recipient.take(data_key.plaintext);
  Reply<GenerateDataKeyResponse> reply(
      GenerateDataKeyResponse{std::move(data_key.ciphertext), std::move(data_key.plaintext), key.arn(),
                              std::move(enveloped), recipient.is_attested() ? std::string() : hex_encode(material.id)});
  reply.additional_event_data = recipient.event_data(material_event_data(key.record(), material.id));
  return reply;
}

EncryptionFacts generate_data_key_facts(const GenerateDataKeyRequest& request, std::size_t) {
  return {keys::EncryptionAlgorithm::kSymmetricDefault, request.encryption_context};
}

bool generate_data_key_computes(const GenerateDataKeyRequest& request, const keys::KeyRecord*) {
  return request.recipient.has_value();
}

constexpr auto kGenerateDataKeyConditions =
    kEncryptionConditions<GenerateDataKeyRequest, generate_data_key_facts> +
    kRecipientConditions<GenerateDataKeyRequest, &GenerateDataKeyRequest::recipient>;

}  // namespace

std::unique_ptr<const Action> generate_data_key_action() {
  return make_action(Definition{.name = "GenerateDataKey",
                                .permission = "kms:GenerateDataKey",
                                .read_only = true,
                                .request = kGenerateDataKeyRequest,
                                .response = kGenerateDataKeyResponse,
                                .targets = generate_data_key_targets,
                                .handle = generate_data_key,
                                .computes = generate_data_key_computes,
                                .is_dry_run = [](const GenerateDataKeyRequest& request) { return request.dry_run; },
                                .conditions = kGenerateDataKeyConditions});
}

}  // namespace claviger::api::kms
