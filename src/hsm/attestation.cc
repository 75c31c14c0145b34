#include "hsm/attestation.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/encoding.h"
#include "crypto/certificate_chain.h"
#include "hsm/cbor_reader.h"

namespace claviger::hsm {
namespace {

using CborKind = CborItem::Kind;

// Tag 18, in its only short form. Here because libcbor before 0.9 refuses tags that it has no name for.
constexpr std::uint8_t kCoseSign1Tag = 0xc0 + 18;
// {1: -35}: the algorithm is ES384.
constexpr std::uint8_t kProtectedHeader[] = {0xa1, 0x01, 0x38, 0x22};
constexpr std::size_t kMaxPayloadBytes = 16'384;
constexpr std::size_t kSignatureBytes = 96;
constexpr std::size_t kMaxCertificateBytes = 1'024;
constexpr std::size_t kMaxAuthorities = 16;
constexpr std::size_t kMaxPublicKeyBytes = 1'024;
constexpr std::size_t kMaxUserBytes = 512;
constexpr std::size_t kMaxModuleIdBytes = 256;
constexpr std::uint64_t kMaxRegisters = 32;

std::optional<Bytes> bytes_between(CborReader& reader, std::size_t min, std::size_t max) {
  const auto item = reader.next(CborKind::kBytes);
  if (!item || item->bytes.size() < min || item->bytes.size() > max) return std::nullopt;
  return to_bytes(item->bytes);
}

bool take_module_id(CborReader& reader, Attestation& out) {
  const auto item = reader.next(CborKind::kText);
  if (!item || item->bytes.empty() || item->bytes.size() > kMaxModuleIdBytes) return false;
  // It goes into the audit record.
  const std::string_view text = as_text(item->bytes);
  if (!std::ranges::all_of(text, [](char c) { return c > ' ' && c <= '~'; })) return false;
  out.module_id = text;
  return true;
}

bool take_digest(CborReader& reader, Attestation&) {
  const auto item = reader.next(CborKind::kText);
  return item && as_text(item->bytes) == "SHA384";
}

bool take_timestamp(CborReader& reader, Attestation& out) {
  const auto item = reader.next(CborKind::kUnsigned);
  // Until the year 9999.
  if (!item || item->number == 0 || item->number > 253'402'300'799'999) return false;
  out.timestamp = from_millis(static_cast<std::int64_t>(item->number));
  return true;
}

bool take_registers(CborReader& reader, Attestation& out) {
  const auto map = reader.next(CborKind::kMap);
  if (!map || map->number == 0 || map->number > kMaxRegisters || !out.registers.empty()) return false;
  for (std::uint64_t i = 0; i < map->number; ++i) {
    const auto index = reader.next(CborKind::kUnsigned);
    if (!index || index->number >= kMaxRegisters) return false;
    const auto value = reader.next(CborKind::kBytes);
    if (!value || (value->bytes.size() != 32 && value->bytes.size() != 48 && value->bytes.size() != 64)) return false;
    if (!out.register_value(static_cast<std::uint8_t>(index->number)).empty()) return false;
    out.registers.push_back({static_cast<std::uint8_t>(index->number), hex_encode(value->bytes)});
  }
  return true;
}

bool take_enclave_registers(CborReader& reader, Attestation& out) { return take_registers(reader, out); }

bool take_tpm_registers(CborReader& reader, Attestation& out) {
  out.measured_by = MeasuredBy::kTpm;
  return take_registers(reader, out);
}

bool take_certificate(CborReader& reader, Attestation& out) {
  auto certificate = bytes_between(reader, 1, kMaxCertificateBytes);
  if (!certificate) return false;
  out.certificate = *std::move(certificate);
  return true;
}

bool take_authorities(CborReader& reader, Attestation& out) {
  const auto array = reader.next(CborKind::kArray);
  if (!array || array->number == 0 || array->number > kMaxAuthorities) return false;
  for (std::uint64_t i = 0; i < array->number; ++i) {
    auto certificate = bytes_between(reader, 1, kMaxCertificateBytes);
    if (!certificate) return false;
    out.authorities.push_back(*std::move(certificate));
  }
  return true;
}

bool take_public_key(CborReader& reader, Attestation& out) {
  auto key = bytes_between(reader, 1, kMaxPublicKeyBytes);
  if (!key) return false;
  out.public_key = *std::move(key);
  return true;
}

// What the machine's owner may add, and we have no use for.
bool take_user_bytes(CborReader& reader, Attestation&) {
  const auto item = reader.next();
  return item &&
         (item->kind == CborKind::kNull || (item->kind == CborKind::kBytes && item->bytes.size() <= kMaxUserBytes));
}

struct Member {
  std::string_view name;
  bool mandatory;
  bool (*take)(CborReader&, Attestation&);
};
constexpr Member kMembers[] = {
    {"module_id", true, take_module_id},          {"digest", true, take_digest},
    {"timestamp", true, take_timestamp},          {"pcrs", false, take_enclave_registers},
    {"nitrotpm_pcrs", false, take_tpm_registers}, {"certificate", true, take_certificate},
    {"cabundle", true, take_authorities},         {"public_key", true, take_public_key},
    {"user_data", false, take_user_bytes},        {"nonce", false, take_user_bytes},
};

bool parse_payload(ByteSpan payload, Attestation& out) {
  CborReader reader(payload);
  const auto map = reader.next(CborKind::kMap);
  if (!map || map->number > std::size(kMembers)) return false;
  std::set<std::string_view> seen;
  for (std::uint64_t i = 0; i < map->number; ++i) {
    const auto name = reader.next(CborKind::kText);
    if (!name) return false;
    const auto* const member = std::ranges::find(kMembers, as_text(name->bytes), &Member::name);
    if (member == std::end(kMembers) || !seen.insert(member->name).second || !member->take(reader, out)) return false;
  }
  const bool whole = std::ranges::all_of(
      kMembers, [&](const Member& member) { return !member.mandatory || seen.contains(member.name); });
  // Of one machine, and never of none.
  return whole && reader.done() && !out.registers.empty() && seen.contains("pcrs") != seen.contains("nitrotpm_pcrs");
}

// Sig_structure of RFC 9052 section 4.4, without external data.
Bytes message_of(ByteSpan protected_header, ByteSpan payload) {
  constexpr std::string_view kStart = "\x84\x6aSignature1";
  Bytes out(kStart.begin(), kStart.end());
  const auto append = [&out](ByteSpan bytes) {
    append_cbor_bytes_head(bytes.size(), out);
    out.insert(out.end(), bytes.begin(), bytes.end());
  };
  append(protected_header);
  append({});
  append(payload);
  return out;
}

std::optional<crypto::Certificate> certificate_of(const Bytes& der) { return crypto::Certificate::parse(der); }

std::unexpected<Error> refuse(const char* why) {
  return fail(ErrorCode::kValidation, "The attestation document is not valid.", why);
}

}  // namespace

struct AttestationVerifier::Roots {
  std::vector<crypto::Certificate> certificates;
};

std::string_view Attestation::register_value(std::uint8_t index) const {
  const auto found = std::ranges::find(registers, index, &Register::index);
  return found == registers.end() ? std::string_view() : found->value;
}

std::optional<Attestation> parse_attestation(ByteSpan document) {
  if (document.empty() || document.size() > kMaxAttestationDocumentBytes) return std::nullopt;
  CborReader reader(document.front() == kCoseSign1Tag ? document.subspan(1) : document);
  const auto parts = reader.next(CborKind::kArray);
  if (!parts || parts->number != 4) return std::nullopt;
  const auto header = reader.next(CborKind::kBytes);
  if (!header || !std::ranges::equal(header->bytes, kProtectedHeader)) return std::nullopt;
  const auto unprotected = reader.next(CborKind::kMap);
  if (!unprotected || unprotected->number != 0) return std::nullopt;
  const auto payload = reader.next(CborKind::kBytes);
  if (!payload || payload->bytes.empty() || payload->bytes.size() > kMaxPayloadBytes) return std::nullopt;
  const auto signature = reader.next(CborKind::kBytes);
  if (!signature || signature->bytes.size() != kSignatureBytes || !reader.done()) return std::nullopt;
  Attestation out;
  if (!parse_payload(payload->bytes, out)) return std::nullopt;
  out.signed_message = message_of(header->bytes, payload->bytes);
  out.signature = to_bytes(signature->bytes);
  return out;
}

std::optional<AttestationVerifier> AttestationVerifier::from_pem(std::string_view roots) {
  auto parsed = crypto::Certificate::parse_pem(roots);
  if (!parsed) return std::nullopt;
  AttestationVerifier verifier;
  verifier.roots_ = std::make_shared<const Roots>(Roots{*std::move(parsed)});
  return verifier;
}

Result<PublicKey> AttestationVerifier::verify(const Attestation& attestation, WallTime now) const {
  if (!has_roots()) {
    return fail(ErrorCode::kUnsupportedOperation,
                "Recipient is not supported: no root of attestation documents is configured");
  }
  if (now - attestation.timestamp > kAttestationLifetime || attestation.timestamp - now > kAttestationLifetime) {
    return refuse("its time is too far from now");
  }
  const auto leaf = certificate_of(attestation.certificate);
  if (!leaf) return refuse("its certificate does not parse");
  std::vector<crypto::Certificate> authorities;
  for (const Bytes& der : attestation.authorities) {
    auto authority = certificate_of(der);
    if (!authority) return refuse("a certificate of its bundle does not parse");
    authorities.push_back(*std::move(authority));
  }
  if (!crypto::leads_to_root(*leaf, authorities, roots_->certificates, now))
    return refuse("its certificate leads to no root");
  if (!crypto::verify_es384(*leaf, attestation.signed_message, attestation.signature)) {
    return refuse("its signature does not hold");
  }
  std::optional<PublicKey> recipient = crypto::parse_recipient(attestation.public_key);
  if (!recipient) return refuse("its public key is none of RSA");
  return *std::move(recipient);
}

}  // namespace claviger::hsm
