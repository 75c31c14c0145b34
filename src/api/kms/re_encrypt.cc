#include "api/kms/actions.h"
#include "api/kms/ciphertext.h"
#include "api/kms/conditions.h"
#include "api/kms/encryption.h"

namespace claviger::api::kms {
namespace {

struct ReEncryptRequest {
  std::optional<Bytes> ciphertext_blob;
  EncryptionContext source_context;
  std::optional<std::string> source_key_id;
  std::string destination_key_id;
  EncryptionContext destination_context;
  keys::EncryptionAlgorithm source_algorithm = keys::EncryptionAlgorithm::kSymmetricDefault;
  keys::EncryptionAlgorithm destination_algorithm = keys::EncryptionAlgorithm::kSymmetricDefault;
  GrantTokens grant_tokens;
  bool dry_run = false;
  std::vector<DryRunModifier> dry_run_modifiers;

  CiphertextSource source() const {
    return {ciphertext_blob,  source_key_id, "sourceKeyId",    "kms:ReEncryptFrom",
            source_algorithm, dry_run,       dry_run_modifiers};
  }
};
constexpr auto kReEncryptRequest = wire::members<ReEncryptRequest>(
    wire::optional<&ReEncryptRequest::ciphertext_blob>("CiphertextBlob", wire::length(1, 6144)),
    wire::optional<&ReEncryptRequest::source_context>("SourceEncryptionContext"),
    wire::optional<&ReEncryptRequest::source_key_id>("SourceKeyId", kKeyIdLength),
    wire::required<&ReEncryptRequest::destination_key_id>("DestinationKeyId", kKeyIdLength),
    wire::optional<&ReEncryptRequest::destination_context>("DestinationEncryptionContext"),
    wire::optional<&ReEncryptRequest::source_algorithm>("SourceEncryptionAlgorithm", wire::audit_always),
    wire::optional<&ReEncryptRequest::destination_algorithm>("DestinationEncryptionAlgorithm", wire::audit_always),
    wire::optional<&ReEncryptRequest::grant_tokens>("GrantTokens", wire::size(0, 10), wire::each(wire::length(1, 8192)),
                                                    wire::not_audited),
    wire::optional<&ReEncryptRequest::dry_run>("DryRun", wire::not_audited),
    wire::optional<&ReEncryptRequest::dry_run_modifiers>("DryRunModifiers", wire::not_audited));

struct ReEncryptResponse {
  Bytes ciphertext_blob;
  std::string source_key_id;
  std::string key_id;
  keys::EncryptionAlgorithm source_algorithm{};
  keys::EncryptionAlgorithm destination_algorithm{};
  std::string source_material_id;
  std::string destination_material_id;
};
constexpr auto kReEncryptResponse = wire::members<ReEncryptResponse>(
    wire::required<&ReEncryptResponse::ciphertext_blob>("CiphertextBlob"),
    wire::required<&ReEncryptResponse::source_key_id>("SourceKeyId"),
    wire::required<&ReEncryptResponse::key_id>("KeyId"),
    wire::required<&ReEncryptResponse::source_algorithm>("SourceEncryptionAlgorithm"),
    wire::required<&ReEncryptResponse::destination_algorithm>("DestinationEncryptionAlgorithm"),
    wire::optional<&ReEncryptResponse::source_material_id>("SourceKeyMaterialId"),
    wire::optional<&ReEncryptResponse::destination_material_id>("DestinationKeyMaterialId"));

Result<Targets> re_encrypt_targets(const ReEncryptRequest& request) {
  CLAVIGER_ASSIGN(const Target source, source_target(request.source()));
  const Target destination = used_key(request.destination_key_id, "kms:ReEncryptTo", request.destination_algorithm);
  return Targets{with_context(source, request.source_context), with_context(destination, request.destination_context)};
}

Result<Reply<ReEncryptResponse>> re_encrypt(const Context& context, ReEncryptRequest& request) {
  CLAVIGER_TRY(check_grant_tokens(context, request.grant_tokens));
  const AuthorizedKey& source = context.keys[0];
  const AuthorizedKey& destination = context.keys[1];
  const CiphertextSource from = request.source();
  CLAVIGER_ASSIGN(const Decrypted decrypted, decrypt_source(context, source, from, request.source_context));
  Bytes blob;
  if (!from.ignores_ciphertext()) {
    CLAVIGER_ASSIGN(
        blob, encrypt_with(context.services, {destination, request.destination_algorithm, request.destination_context},
                           decrypted.plaintext));
  }
  const hsm::MaterialId& to = destination.record().current_material().id;
  Reply<ReEncryptResponse> reply(ReEncryptResponse{
      std::move(blob), source.arn(), destination.arn(), request.source_algorithm, request.destination_algorithm,
      shown_material(source.record(), decrypted.material), shown_material(destination.record(), to)});
  reply.additional_event_data = material_event_data(source.record(), decrypted.material, destination.record(), to);
  return reply;
}

// The permission on the source is decided with what made the ciphertext, that on the destination with what will.
EncryptionFacts re_encrypt_facts(const ReEncryptRequest& request, std::size_t place) {
  if (place == 0) return {request.source_algorithm, request.source_context};
  return {request.destination_algorithm, request.destination_context};
}

constexpr auto kReEncryptConditions = kEncryptionConditions<ReEncryptRequest, re_encrypt_facts> +
                                      std::to_array<ConditionKey<ReEncryptRequest>>({
                                          {"kms:ReEncryptOnSameKey",
                                           [](const ReEncryptRequest&, const ConditionQuestion& asked) {
                                             // Without its keys, as in a simulation, there is nothing to compare.
                                             if (asked.keys.size() != 2) return policy::ContextValues();
                                             return asked.boolean(asked.keys[0]->arn == asked.keys[1]->arn);
                                           }},
                                      });

}  // namespace

std::unique_ptr<const Action> re_encrypt_action() {
  return make_action(Definition{.name = "ReEncrypt",
                                .permission = "kms:ReEncryptFrom",
                                .read_only = true,
                                .request = kReEncryptRequest,
                                .response = kReEncryptResponse,
                                .targets = re_encrypt_targets,
                                .handle = re_encrypt,
                                .computes =
                                    [](const ReEncryptRequest& request, const keys::KeyRecord* source) {
                                      return decrypts_asymmetric(source) ||
                                             encrypts_slowly(request.destination_algorithm);
                                    },
                                .is_dry_run = [](const ReEncryptRequest& request) { return request.dry_run; },
                                .conditions = kReEncryptConditions});
}

}  // namespace claviger::api::kms
