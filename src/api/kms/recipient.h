// The Recipient of a request: an attested machine, for which alone the answer's secret is encrypted (API page
// "RecipientInfo").
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "api/conditions.h"
#include "api/kms/common.h"
#include "hsm/attestation.h"
#include "wire/members.h"

namespace claviger::api::kms {

enum class KeyEncryptionMechanism : std::uint8_t { kRsaesOaepSha256 = 1 };

class RecipientInfo {
 public:
  std::optional<KeyEncryptionMechanism> mechanism;
  Bytes document;

  // What the document says, which need not be true; null for one that cannot be read. Made once. One thread at a time.
  const hsm::Attestation* claims() const;

 private:
  mutable std::optional<std::optional<hsm::Attestation>> claims_;
};

// Who gets the secret of an answer, once it was made sure that the document is right.
class Recipient final {
 public:
  // Nobody in particular: the answer carries the secret itself.
  Recipient() = default;
  // To be called before the work is done. kValidation for a Recipient without one of its members and for a document
  // that is not valid now; kUnsupportedOperation where no root is configured.
  [[nodiscard]] static Result<Recipient> of(const Context& context, const std::optional<RecipientInfo>& info);

  bool is_attested() const { return attestation_ != nullptr; }
  // CiphertextForRecipient, and `secret` is empty then; empty when nobody is attested.
  Bytes take(SecretBytes& secret) const;
  // additionalEventData of the audit record with what CloudTrail shows of the document added.
  std::string event_data(std::string event_data) const;

 private:
  // Of the request, and the key that it turned out to have.
  const hsm::Attestation* attestation_ = nullptr;
  std::optional<hsm::PublicKey> key_;
};

// kms:RecipientAttestation:ImageSha384, :PCR<n> and :NitroTPMPCR<n>, by what the document claims. That it is right is
// not known yet when they are asked for: whoever the policies allow by it is refused by Recipient::of() if it is not.
policy::ContextValues attested_value(const std::optional<RecipientInfo>& info, const ConditionQuestion& asked);

template <class Request, std::optional<RecipientInfo> Request::* kInfo>
inline constexpr auto kRecipientConditions = std::to_array<ConditionKey<Request>>({
    {"kms:RecipientAttestation:",
     [](const Request& request, const ConditionQuestion& asked) { return attested_value(request.*kInfo, asked); }},
});

}  // namespace claviger::api::kms

namespace claviger::wire {

template <>
struct EnumNames<api::kms::KeyEncryptionMechanism> {
  static constexpr auto kNames = std::to_array<EnumName<api::kms::KeyEncryptionMechanism>>(
      {{"RSAES_OAEP_SHA_256", api::kms::KeyEncryptionMechanism::kRsaesOaepSha256}});
};

template <>
struct Structure<api::kms::RecipientInfo> {
  using M = api::kms::RecipientInfo;
  static constexpr auto kMembers = members<M>(optional<&M::mechanism>("KeyEncryptionAlgorithm"),
                                              optional<&M::document>("AttestationDocument", length(1, 262144)));
};

}  // namespace claviger::wire

namespace claviger::api::kms {

template <auto kInfo>
constexpr auto recipient_member() {
  return wire::optional<kInfo>("Recipient", wire::not_audited);
}

}  // namespace claviger::api::kms
