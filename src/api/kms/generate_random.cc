#include "api/kms/actions.h"
#include "api/kms/recipient.h"

namespace claviger::api::kms {
namespace {

struct GenerateRandomRequest {
  std::optional<std::int32_t> number_of_bytes;
  std::optional<RecipientInfo> recipient;
};
constexpr auto kGenerateRandomRequest = wire::members<GenerateRandomRequest>(
    // CloudTrail shows no parameters of this operation.
    wire::optional<&GenerateRandomRequest::number_of_bytes>("NumberOfBytes", wire::range(1, 1024), wire::not_audited),
    wire::unsupported("CustomKeyStoreId", "custom key stores are not supported yet"),
    recipient_member<&GenerateRandomRequest::recipient>());

struct GenerateRandomResponse {
  SecretBytes plaintext;
  Bytes ciphertext_for_recipient;
};
constexpr auto kGenerateRandomResponse = wire::members<GenerateRandomResponse>(
    wire::optional<&GenerateRandomResponse::plaintext>("Plaintext", wire::sensitive),
    wire::optional<&GenerateRandomResponse::ciphertext_for_recipient>("CiphertextForRecipient"));

Result<Targets> generate_random_targets(const GenerateRandomRequest& request) {
  if (!request.number_of_bytes) return fail(Error::validation("NumberOfBytes is required."));
  return Targets{};
}

Result<Reply<GenerateRandomResponse>> generate_random(const Context& context, GenerateRandomRequest& request) {
  CLAVIGER_ASSIGN(const Recipient recipient, Recipient::of(context, request.recipient));
  SecretBytes random = context.services.hsm->random(static_cast<std::size_t>(*request.number_of_bytes));
  Bytes enveloped = recipient.take(random);
  Reply<GenerateRandomResponse> reply(GenerateRandomResponse{std::move(random), std::move(enveloped)});
  reply.additional_event_data = recipient.event_data({});
  return reply;
}

bool generate_random_computes(const GenerateRandomRequest& request, const keys::KeyRecord*) {
  return request.recipient.has_value();
}

}  // namespace

std::unique_ptr<const Action> generate_random_action() {
  return make_action(
      Definition{.name = "GenerateRandom",
                 .permission = "kms:GenerateRandom",
                 .read_only = true,
                 .request = kGenerateRandomRequest,
                 .response = kGenerateRandomResponse,
                 .targets = generate_random_targets,
                 .handle = generate_random,
                 .computes = generate_random_computes,
                 .conditions = kRecipientConditions<GenerateRandomRequest, &GenerateRandomRequest::recipient>});
}

}  // namespace claviger::api::kms
