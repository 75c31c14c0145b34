#include "api/kms/actions.h"
#include "api/kms/conditions.h"
#include "api/kms/recipient.h"

namespace claviger::api::kms {
namespace {

struct DeriveSharedSecretRequest {
  std::string key_id;
  keys::KeyAgreementAlgorithm algorithm{};
  Bytes public_key;
  GrantTokens grant_tokens;
  bool dry_run = false;
  std::optional<RecipientInfo> recipient;
};
constexpr auto kDeriveSharedSecretRequest = wire::members<DeriveSharedSecretRequest>(
    wire::required<&DeriveSharedSecretRequest::key_id>("KeyId", kKeyIdLength),
    wire::required<&DeriveSharedSecretRequest::algorithm>("KeyAgreementAlgorithm"),
    wire::required<&DeriveSharedSecretRequest::public_key>("PublicKey", wire::length(1, 8192)),
    grant_tokens_member<&DeriveSharedSecretRequest::grant_tokens>(),
    wire::optional<&DeriveSharedSecretRequest::dry_run>("DryRun", wire::not_audited),
    recipient_member<&DeriveSharedSecretRequest::recipient>());

struct DeriveSharedSecretResponse {
  std::string key_id;
  SecretBytes shared_secret;
  Bytes ciphertext_for_recipient;
  keys::KeyAgreementAlgorithm algorithm{};
  keys::KeyOrigin origin{};
};
constexpr auto kDeriveSharedSecretResponse = wire::members<DeriveSharedSecretResponse>(
    wire::required<&DeriveSharedSecretResponse::key_id>("KeyId"),
    wire::optional<&DeriveSharedSecretResponse::shared_secret>("SharedSecret", wire::sensitive),
    wire::optional<&DeriveSharedSecretResponse::ciphertext_for_recipient>("CiphertextForRecipient"),
    wire::required<&DeriveSharedSecretResponse::algorithm>("KeyAgreementAlgorithm"),
    wire::required<&DeriveSharedSecretResponse::origin>("KeyOrigin"));

Result<Targets> derive_shared_secret_targets(const DeriveSharedSecretRequest& request) {
  return Targets{used_key(request.key_id, "kms:DeriveSharedSecret", request.algorithm)};
}

Result<Reply<DeriveSharedSecretResponse>> derive_shared_secret(const Context& context,
                                                               DeriveSharedSecretRequest& request) {
  CLAVIGER_TRY(check_grant_tokens(context, request.grant_tokens));
  CLAVIGER_ASSIGN(const Recipient recipient, Recipient::of(context, request.recipient));
  const AuthorizedKey& key = context.key();
  const keys::Material& material = key.record().current_material();
  const auto peer = hsm::parse_public_key(keys::name_of(key.record().spec), request.public_key);
  // AWS KMS says nothing more.
  if (!peer) return fail(Error::validation({}));
  CLAVIGER_ASSIGN(SecretBytes secret,
                  context.services.private_keys->agree(key.binding(), material.id, material.token, *peer));
  Bytes enveloped = recipient.take(secret);
  Reply<DeriveSharedSecretResponse> reply(DeriveSharedSecretResponse{key.arn(), std::move(secret), std::move(enveloped),
                                                                     request.algorithm, key.record().origin});
  reply.additional_event_data = recipient.event_data({});
  return reply;
}

constexpr auto kDeriveSharedSecretConditions =
    std::to_array<ConditionKey<DeriveSharedSecretRequest>>({
        {"kms:KeyAgreementAlgorithm", name_condition<DeriveSharedSecretRequest, &DeriveSharedSecretRequest::algorithm>},
    }) +
    kRequestAlias<DeriveSharedSecretRequest> +
    kRecipientConditions<DeriveSharedSecretRequest, &DeriveSharedSecretRequest::recipient>;

}  // namespace

std::unique_ptr<const Action> derive_shared_secret_action() {
  return make_action(
      Definition{.name = "DeriveSharedSecret",
                 .permission = "kms:DeriveSharedSecret",
                 .read_only = true,
                 .request = kDeriveSharedSecretRequest,
                 .response = kDeriveSharedSecretResponse,
                 .targets = derive_shared_secret_targets,
                 .handle = derive_shared_secret,
                 .computes = [](const DeriveSharedSecretRequest&, const keys::KeyRecord*) { return true; },
                 .is_dry_run = [](const DeriveSharedSecretRequest& request) { return request.dry_run; },
                 .conditions = kDeriveSharedSecretConditions});
}

}  // namespace claviger::api::kms
