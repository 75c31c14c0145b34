#include "api/kms/actions.h"
#include "api/kms/ciphertext.h"
#include "api/kms/conditions.h"
#include "api/kms/encryption.h"
#include "api/kms/recipient.h"

namespace claviger::api::kms {
namespace {

struct DecryptRequest {
  std::optional<Bytes> ciphertext_blob;
  EncryptionContext encryption_context;
  GrantTokens grant_tokens;
  std::optional<std::string> key_id;
  keys::EncryptionAlgorithm algorithm = keys::EncryptionAlgorithm::kSymmetricDefault;
  std::optional<RecipientInfo> recipient;
  bool dry_run = false;
  std::vector<DryRunModifier> dry_run_modifiers;

  CiphertextSource source() const {
    return {ciphertext_blob, key_id, "keyId", "kms:Decrypt", algorithm, dry_run, dry_run_modifiers};
  }
};
constexpr auto kDecryptRequest = wire::members<DecryptRequest>(
    wire::optional<&DecryptRequest::ciphertext_blob>("CiphertextBlob", wire::length(1, 6144)),
    wire::optional<&DecryptRequest::encryption_context>("EncryptionContext"),
    wire::optional<&DecryptRequest::grant_tokens>("GrantTokens", wire::size(0, 10), wire::each(wire::length(1, 8192)),
                                                  wire::not_audited),
    wire::optional<&DecryptRequest::key_id>("KeyId", kKeyIdLength),
    wire::optional<&DecryptRequest::algorithm>("EncryptionAlgorithm", wire::audit_always),
    recipient_member<&DecryptRequest::recipient>(),
    wire::optional<&DecryptRequest::dry_run>("DryRun", wire::not_audited),
    wire::optional<&DecryptRequest::dry_run_modifiers>("DryRunModifiers", wire::not_audited));

struct DecryptResponse {
  std::string key_id;
  SecretBytes plaintext;
  keys::EncryptionAlgorithm algorithm{};
  Bytes ciphertext_for_recipient;
  std::string key_material_id;
};
constexpr auto kDecryptResponse =
    wire::members<DecryptResponse>(wire::required<&DecryptResponse::key_id>("KeyId"),
                                   wire::optional<&DecryptResponse::plaintext>("Plaintext", wire::sensitive),
                                   wire::required<&DecryptResponse::algorithm>("EncryptionAlgorithm"),
                                   wire::optional<&DecryptResponse::ciphertext_for_recipient>("CiphertextForRecipient"),
                                   wire::optional<&DecryptResponse::key_material_id>("KeyMaterialId"));

Result<Targets> decrypt_targets(const DecryptRequest& request) {
  CLAVIGER_ASSIGN(const Target target, source_target(request.source()));
  return Targets{with_context(target, request.encryption_context)};
}

Result<Reply<DecryptResponse>> decrypt(const Context& context, DecryptRequest& request) {
  CLAVIGER_TRY(check_grant_tokens(context, request.grant_tokens));
  CLAVIGER_ASSIGN(const Recipient recipient, Recipient::of(context, request.recipient));
  const AuthorizedKey& key = context.key();
  CLAVIGER_ASSIGN(Decrypted decrypted, decrypt_source(context, key, request.source(), request.encryption_context));
  Bytes enveloped = recipient.take(decrypted.plaintext);
  Reply<DecryptResponse> reply(
      DecryptResponse{key.arn(), std::move(decrypted.plaintext), request.algorithm, std::move(enveloped),
                      recipient.is_attested() ? std::string() : shown_material(key.record(), decrypted.material)});
  reply.additional_event_data = recipient.event_data(material_event_data(key.record(), decrypted.material));
  return reply;
}

EncryptionFacts decrypt_facts(const DecryptRequest& request, std::size_t) {
  return {request.algorithm, request.encryption_context};
}

constexpr auto kDecryptConditions = kEncryptionConditions<DecryptRequest, decrypt_facts> +
                                    kRecipientConditions<DecryptRequest, &DecryptRequest::recipient>;

}  // namespace

std::unique_ptr<const Action> decrypt_action() {
  return make_action(Definition{
      .name = "Decrypt",
      .permission = "kms:Decrypt",
      .read_only = true,
      .request = kDecryptRequest,
      .response = kDecryptResponse,
      .targets = decrypt_targets,
      .handle = decrypt,
      .computes = [](const DecryptRequest& request,
                     const keys::KeyRecord* key) { return request.recipient.has_value() || decrypts_asymmetric(key); },
      .is_dry_run = [](const DecryptRequest& request) { return request.dry_run; },
      .conditions = kDecryptConditions});
}

}  // namespace claviger::api::kms
