#include "api/kms/actions.h"
#include "api/kms/conditions.h"
#include "api/kms/data_key_pair.h"
#include "api/kms/recipient.h"

namespace claviger::api::kms {
namespace {

struct GenerateDataKeyPairRequest {
  EncryptionContext encryption_context;
  std::string key_id;
  keys::DataKeyPairSpec spec{};
  GrantTokens grant_tokens;
  std::optional<RecipientInfo> recipient;
  bool dry_run = false;
};
constexpr auto kGenerateDataKeyPairRequest = wire::members<GenerateDataKeyPairRequest>(
    wire::optional<&GenerateDataKeyPairRequest::encryption_context>("EncryptionContext"),
    wire::required<&GenerateDataKeyPairRequest::key_id>("KeyId", kKeyIdLength),
    wire::required<&GenerateDataKeyPairRequest::spec>("KeyPairSpec"),
    grant_tokens_member<&GenerateDataKeyPairRequest::grant_tokens>(),
    recipient_member<&GenerateDataKeyPairRequest::recipient>(),
    wire::optional<&GenerateDataKeyPairRequest::dry_run>("DryRun", wire::not_audited));

struct GenerateDataKeyPairResponse {
  Bytes encrypted_private_key;
  SecretBytes private_key;
  Bytes public_key;
  std::string key_id;
  keys::DataKeyPairSpec spec{};
  Bytes ciphertext_for_recipient;
  std::string key_material_id;
};
constexpr auto kGenerateDataKeyPairResponse = wire::members<GenerateDataKeyPairResponse>(
    wire::required<&GenerateDataKeyPairResponse::encrypted_private_key>("PrivateKeyCiphertextBlob"),
    wire::optional<&GenerateDataKeyPairResponse::private_key>("PrivateKeyPlaintext", wire::sensitive),
    wire::required<&GenerateDataKeyPairResponse::public_key>("PublicKey"),
    wire::required<&GenerateDataKeyPairResponse::key_id>("KeyId"),
    wire::required<&GenerateDataKeyPairResponse::spec>("KeyPairSpec"),
    wire::optional<&GenerateDataKeyPairResponse::ciphertext_for_recipient>("CiphertextForRecipient"),
    wire::required<&GenerateDataKeyPairResponse::key_material_id>("KeyMaterialId"));

Result<Targets> generate_data_key_pair_targets(const GenerateDataKeyPairRequest& request) {
  return Targets{
      with_context(used_key(request.key_id, "kms:GenerateDataKeyPair", keys::EncryptionAlgorithm::kSymmetricDefault),
                   request.encryption_context)};
}

Result<Reply<GenerateDataKeyPairResponse>> answer_key_pair(const Context& context,
                                                           GenerateDataKeyPairRequest& request) {
  CLAVIGER_TRY(check_grant_tokens(context, request.grant_tokens));
  CLAVIGER_ASSIGN(const Recipient recipient, Recipient::of(context, request.recipient));
  const AuthorizedKey& key = context.key();
  CLAVIGER_ASSIGN(EncryptedKeyPair pair, make_key_pair(context, request.spec, request.encryption_context));
  Bytes enveloped = recipient.take(pair.private_key);
  Reply<GenerateDataKeyPairResponse> reply(GenerateDataKeyPairResponse{
      std::move(pair.encrypted_private_key), std::move(pair.private_key), std::move(pair.public_key), key.arn(),
      request.spec, std::move(enveloped), std::move(pair.material_id)});
  reply.additional_event_data =
      recipient.event_data(material_event_data(key.record(), key.record().current_material().id));
  return reply;
}

EncryptionFacts generate_data_key_pair_facts(const GenerateDataKeyPairRequest& request, std::size_t) {
  return {keys::EncryptionAlgorithm::kSymmetricDefault, request.encryption_context};
}

constexpr auto kGenerateDataKeyPairConditions =
    std::to_array<ConditionKey<GenerateDataKeyPairRequest>>({
        {"kms:DataKeyPairSpec", name_condition<GenerateDataKeyPairRequest, &GenerateDataKeyPairRequest::spec>},
    }) +
    kEncryptionConditions<GenerateDataKeyPairRequest, generate_data_key_pair_facts> +
    kRecipientConditions<GenerateDataKeyPairRequest, &GenerateDataKeyPairRequest::recipient>;

}  // namespace

std::unique_ptr<const Action> generate_data_key_pair_action() {
  return make_action(
      Definition{.name = "GenerateDataKeyPair",
                 .permission = "kms:GenerateDataKeyPair",
                 .read_only = true,
                 .request = kGenerateDataKeyPairRequest,
                 .response = kGenerateDataKeyPairResponse,
                 .targets = generate_data_key_pair_targets,
                 .handle = answer_key_pair,
                 .computes = [](const GenerateDataKeyPairRequest&, const keys::KeyRecord*) { return true; },
                 .is_dry_run = [](const GenerateDataKeyPairRequest& request) { return request.dry_run; },
                 .conditions = kGenerateDataKeyPairConditions});
}

}  // namespace claviger::api::kms
