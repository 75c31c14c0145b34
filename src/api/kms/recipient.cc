#include "api/kms/recipient.h"

#include <charconv>

#include "base/json.h"

namespace claviger::api::kms {

const hsm::Attestation* RecipientInfo::claims() const {
  if (!claims_) claims_ = hsm::parse_attestation(document);
  return *claims_ ? &**claims_ : nullptr;
}

Result<Recipient> Recipient::of(const Context& context, const std::optional<RecipientInfo>& info) {
  Recipient recipient;
  if (!info) return recipient;
  if (!info->mechanism || info->document.empty()) {
    return fail(Error::validation("Recipient needs both a KeyEncryptionAlgorithm and an AttestationDocument."));
  }
  const hsm::Attestation* claims = info->claims();
  if (claims == nullptr) return fail(Error::validation("The attestation document is malformed."));
  CLAVIGER_ASSIGN(recipient.key_, context.services.attestation->verify(*claims, context.services.client_clock->now()));
  recipient.attestation_ = claims;
  return recipient;
}

Bytes Recipient::take(SecretBytes& secret) const {
  if (!is_attested()) return Bytes();
  Bytes enveloped = hsm::envelop(*key_, secret);
  secret.clear();
  return enveloped;
}

std::string Recipient::event_data(std::string event_data) const {
  if (!is_attested()) return event_data;
  std::string shown;
  json::Writer<std::string> writer(shown);
  writer.begin_object();
  writer.name("recipient");
  writer.begin_object();
  writer.name("attestationDocumentModuleId");
  writer.string(attestation_->module_id);
  const std::string_view image = attestation_->register_value(0);
  if (attestation_->measured_by == hsm::MeasuredBy::kEnclave && !image.empty()) {
    writer.name("attestationDocumentEnclaveImageDigest");
    writer.string(image);
  }
  writer.end_object();
  writer.end_object();
  if (event_data.empty()) return shown;
  event_data.back() = ',';
  return event_data.append(shown, 1);
}

policy::ContextValues attested_value(const std::optional<RecipientInfo>& info, const ConditionQuestion& asked) {
  const hsm::Attestation* claims = info ? info->claims() : nullptr;
  if (claims == nullptr) return {};
  const auto value = [&](hsm::MeasuredBy by, std::string_view digits) -> policy::ContextValues {
    unsigned index = 0;
    const char* const begin = digits.data();
    const char* const end = begin + digits.size();
    const auto [stop, error] = std::from_chars(begin, end, index);
    // No zero before, as a register has one name.
    if (error != std::errc() || stop != end || index > 31 || digits != std::to_string(index)) return {};
    const std::string_view found = claims->register_value(static_cast<std::uint8_t>(index));
    return claims->measured_by == by && !found.empty() ? asked.text(found) : policy::ContextValues();
  };
  constexpr std::string_view kRegister = "pcr";
  constexpr std::string_view kTpmRegister = "nitrotpmpcr";
  if (asked.rest == "imagesha384") return value(hsm::MeasuredBy::kEnclave, "0");
  if (asked.rest.starts_with(kRegister)) {
    return value(hsm::MeasuredBy::kEnclave, asked.rest.substr(kRegister.size()));
  }
  if (asked.rest.starts_with(kTpmRegister)) {
    return value(hsm::MeasuredBy::kTpm, asked.rest.substr(kTpmRegister.size()));
  }
  return {};
}

}  // namespace claviger::api::kms
