#include "api/kms/actions.h"
#include "api/kms/common.h"

namespace claviger::api::kms {
namespace {

struct GenerateRandomRequest {
  std::optional<std::int32_t> number_of_bytes;
};
constexpr auto kRequest = wire::members<GenerateRandomRequest>(
    // CloudTrail shows no parameters of this operation.
    wire::optional<&GenerateRandomRequest::number_of_bytes>("NumberOfBytes", wire::range(1, 1024), wire::not_audited),
    wire::unsupported("CustomKeyStoreId", "custom key stores are not supported yet"),
    wire::unsupported("Recipient", "attestation documents are not supported yet"));

struct GenerateRandomResponse {
  SecretBytes plaintext;
};
constexpr auto kResponse = wire::members<GenerateRandomResponse>(
    wire::required<&GenerateRandomResponse::plaintext>("Plaintext", wire::sensitive),
    wire::unsupported("CiphertextForRecipient", "attestation documents are not supported yet"));

Result<Targets> targets(const GenerateRandomRequest& request) {
  if (!request.number_of_bytes) return fail(Error::validation("NumberOfBytes is required."));
  return Targets{};
}

Result<Reply<GenerateRandomResponse>> generate_random(const Context& context, GenerateRandomRequest& request) {
  return GenerateRandomResponse{context.services.hsm->random(static_cast<std::size_t>(*request.number_of_bytes))};
}

}  // namespace

std::unique_ptr<const Action> generate_random_action() {
  return make_action(Definition{.name = "GenerateRandom",
                                .permission = "kms:GenerateRandom",
                                .read_only = true,
                                .request = kRequest,
                                .response = kResponse,
                                .targets = targets,
                                .handle = generate_random});
}

}  // namespace claviger::api::kms
