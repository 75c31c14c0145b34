#include "api/kms/actions.h"
#include "api/kms/conditions.h"
#include "api/kms/data_key_pair.h"

namespace claviger::api::kms {
namespace {

struct GenerateDataKeyPairWithoutPlaintextRequest {
  EncryptionContext encryption_context;
  std::string key_id;
  keys::DataKeyPairSpec spec{};
  GrantTokens grant_tokens;
  bool dry_run = false;
};
constexpr auto kGenerateDataKeyPairWithoutPlaintextRequest = wire::members<GenerateDataKeyPairWithoutPlaintextRequest>(
    wire::optional<&GenerateDataKeyPairWithoutPlaintextRequest::encryption_context>("EncryptionContext"),
    wire::required<&GenerateDataKeyPairWithoutPlaintextRequest::key_id>("KeyId", kKeyIdLength),
    wire::required<&GenerateDataKeyPairWithoutPlaintextRequest::spec>("KeyPairSpec"),
    grant_tokens_member<&GenerateDataKeyPairWithoutPlaintextRequest::grant_tokens>(),
    wire::optional<&GenerateDataKeyPairWithoutPlaintextRequest::dry_run>("DryRun", wire::not_audited));

struct GenerateDataKeyPairWithoutPlaintextResponse {
  Bytes encrypted_private_key;
  Bytes public_key;
  std::string key_id;
  keys::DataKeyPairSpec spec{};
  std::string key_material_id;
};
constexpr auto kGenerateDataKeyPairWithoutPlaintextResponse =
    wire::members<GenerateDataKeyPairWithoutPlaintextResponse>(
        wire::required<&GenerateDataKeyPairWithoutPlaintextResponse::encrypted_private_key>("PrivateKeyCiphertextBlob"),
        wire::required<&GenerateDataKeyPairWithoutPlaintextResponse::public_key>("PublicKey"),
        wire::required<&GenerateDataKeyPairWithoutPlaintextResponse::key_id>("KeyId"),
        wire::required<&GenerateDataKeyPairWithoutPlaintextResponse::spec>("KeyPairSpec"),
        wire::required<&GenerateDataKeyPairWithoutPlaintextResponse::key_material_id>("KeyMaterialId"));

Result<Targets> generate_data_key_pair_without_plaintext_targets(
    const GenerateDataKeyPairWithoutPlaintextRequest& request) {
  return Targets{with_context(
      used_key(request.key_id, "kms:GenerateDataKeyPairWithoutPlaintext", keys::EncryptionAlgorithm::kSymmetricDefault),
      request.encryption_context)};
}

Result<Reply<GenerateDataKeyPairWithoutPlaintextResponse>> answer_sealed_key_pair(
    const Context& context, GenerateDataKeyPairWithoutPlaintextRequest& request) {
  CLAVIGER_TRY(check_grant_tokens(context, request.grant_tokens));
  const AuthorizedKey& key = context.key();
  CLAVIGER_ASSIGN(EncryptedKeyPair pair, make_key_pair(context, request.spec, request.encryption_context));
  Reply<GenerateDataKeyPairWithoutPlaintextResponse> reply(
      GenerateDataKeyPairWithoutPlaintextResponse{std::move(pair.encrypted_private_key), std::move(pair.public_key),
                                                  key.arn(), request.spec, std::move(pair.material_id)});
  reply.additional_event_data = material_event_data(key.record(), key.record().current_material().id);
  return reply;
}

EncryptionFacts generate_data_key_pair_without_plaintext_facts(
    const GenerateDataKeyPairWithoutPlaintextRequest& request, std::size_t) {
  return {keys::EncryptionAlgorithm::kSymmetricDefault, request.encryption_context};
}

constexpr auto kGenerateDataKeyPairWithoutPlaintextConditions =
    std::to_array<ConditionKey<GenerateDataKeyPairWithoutPlaintextRequest>>({
        {"kms:DataKeyPairSpec",
         name_condition<GenerateDataKeyPairWithoutPlaintextRequest, &GenerateDataKeyPairWithoutPlaintextRequest::spec>},
    }) +
    kEncryptionConditions<GenerateDataKeyPairWithoutPlaintextRequest, generate_data_key_pair_without_plaintext_facts>;

}  // namespace

std::unique_ptr<const Action> generate_data_key_pair_without_plaintext_action() {
  return make_action(Definition{
      .name = "GenerateDataKeyPairWithoutPlaintext",
      .permission = "kms:GenerateDataKeyPairWithoutPlaintext",
      .read_only = true,
      .request = kGenerateDataKeyPairWithoutPlaintextRequest,
      .response = kGenerateDataKeyPairWithoutPlaintextResponse,
      .targets = generate_data_key_pair_without_plaintext_targets,
      .handle = answer_sealed_key_pair,
      .computes = [](const GenerateDataKeyPairWithoutPlaintextRequest&, const keys::KeyRecord*) { return true; },
      .is_dry_run = [](const GenerateDataKeyPairWithoutPlaintextRequest& request) { return request.dry_run; },
      .conditions = kGenerateDataKeyPairWithoutPlaintextConditions});
}

}  // namespace claviger::api::kms
