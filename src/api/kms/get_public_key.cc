#include <fmt/format.h>

#include "api/kms/actions.h"
#include "api/kms/conditions.h"
#include "api/kms/key_metadata.h"

namespace claviger::api::kms {
namespace {

struct GetPublicKeyRequest {
  std::string key_id;
  GrantTokens grant_tokens;
};
constexpr auto kGetPublicKeyRequest =
    wire::members<GetPublicKeyRequest>(wire::required<&GetPublicKeyRequest::key_id>("KeyId", kKeyIdLength),
                                       grant_tokens_member<&GetPublicKeyRequest::grant_tokens>());

struct GetPublicKeyResponse {
  std::string key_id;
  Bytes public_key;
  std::optional<CustomerMasterKeySpec> customer_master_key_spec;
  keys::KeySpec spec{};
  keys::KeyUsage usage{};
  std::vector<keys::EncryptionAlgorithm> encryption_algorithms;
  std::vector<keys::SigningAlgorithm> signing_algorithms;
  std::vector<keys::KeyAgreementAlgorithm> key_agreement_algorithms;
};
constexpr auto kGetPublicKeyResponse = wire::members<GetPublicKeyResponse>(
    wire::required<&GetPublicKeyResponse::key_id>("KeyId"),
    wire::required<&GetPublicKeyResponse::public_key>("PublicKey"),
    wire::optional<&GetPublicKeyResponse::customer_master_key_spec>("CustomerMasterKeySpec"),
    wire::required<&GetPublicKeyResponse::spec>("KeySpec"), wire::required<&GetPublicKeyResponse::usage>("KeyUsage"),
    wire::optional<&GetPublicKeyResponse::encryption_algorithms>("EncryptionAlgorithms"),
    wire::optional<&GetPublicKeyResponse::signing_algorithms>("SigningAlgorithms"),
    wire::optional<&GetPublicKeyResponse::key_agreement_algorithms>("KeyAgreementAlgorithms"));

// As AWS KMS has it since 2024, a disabled key still shows its public key. That a key has none is told before its
// state.
Result<Targets> get_public_key_targets(const GetPublicKeyRequest& request) {
  return Targets{{.kind = Target::Kind::kKey,
                  .text = request.key_id,
                  .ref = {.aliases = true, .invalid_arn = true},
                  .permission = "kms:GetPublicKey",
                  .cross_account = true}};
}

Result<Reply<GetPublicKeyResponse>> get_public_key(const Context& context, GetPublicKeyRequest& request) {
  const AuthorizedKey& key = context.key();
  const keys::KeyRecord& record = key.record();
  if (!keys::is_asymmetric(record.spec)) {
    return fail(ErrorCode::kUnsupportedOperation, fmt::format("{} key spec is {} which is not valid for GetPublicKey.",
                                                              key.arn(), keys::name_of(record.spec)));
  }
  CLAVIGER_TRY(keys::check_state(keys::StateRule::kReadable, record, context.services.clock->now()));
  CLAVIGER_TRY(check_grant_tokens(context, request.grant_tokens));
  GetPublicKeyResponse response;
  response.key_id = key.arn();
  response.public_key = record.public_key;
  response.customer_master_key_spec = legacy_spec(record.spec);
  response.spec = record.spec;
  response.usage = record.usage;
  response.encryption_algorithms = offered_algorithms<keys::EncryptionAlgorithm>(record);
  response.signing_algorithms = offered_algorithms<keys::SigningAlgorithm>(record);
  response.key_agreement_algorithms = offered_algorithms<keys::KeyAgreementAlgorithm>(record);
  return response;
}

}  // namespace

std::unique_ptr<const Action> get_public_key_action() {
  return make_action(Definition{.name = "GetPublicKey",
                                .permission = "kms:GetPublicKey",
                                .read_only = true,
                                .request = kGetPublicKeyRequest,
                                .response = kGetPublicKeyResponse,
                                .targets = get_public_key_targets,
                                .handle = get_public_key,
                                .conditions = kRequestAlias<GetPublicKeyRequest>});
}

}  // namespace claviger::api::kms
