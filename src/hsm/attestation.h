// Attestation documents of Nitro Enclaves and NitroTPM: COSE_Sign1 (RFC 9052 section 4.2) over a CBOR map that names a
// machine's measurements and the key that answers are to be encrypted for.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"
#include "crypto/enveloped_data.h"
#include "hsm/public_key.h"

namespace claviger::hsm {

inline constexpr std::size_t kMaxAttestationDocumentBytes = 262'144;
// A document is good for so long after its timestamp, and no earlier before it.
inline constexpr std::chrono::minutes kAttestationLifetime{5};

// Where the measurements are from.
enum class MeasuredBy : std::uint8_t { kEnclave, kTpm };

// What a document says, checked for its form only: anybody can write one.
struct Attestation {
  struct Register {
    std::uint8_t index = 0;  // 0 to 31
    std::string value;       // in lower-case hexadecimal digits: 64, 96 or 128
  };
  std::string module_id;
  WallTime timestamp{};
  MeasuredBy measured_by = MeasuredBy::kEnclave;
  std::vector<Register> registers;  // in the order of the document, none twice
  // DER SubjectPublicKeyInfo; of RSA once the document was verified.
  Bytes public_key;

  // What is signed, by whom, and the certificates that lead to a root: for AttestationVerifier.
  Bytes signed_message;
  Bytes signature;
  Bytes certificate;
  std::vector<Bytes> authorities;

  // The value of a platform configuration register; empty when the document does not have it.
  std::string_view register_value(std::uint8_t index) const;
};

// Nothing for whatever is not such a document: 1 to kMaxAttestationDocumentBytes bytes, the tag 18 or none, ES384,
// every mandatory member once and within its bounds, none that is not known, and nothing behind it.
[[nodiscard]] std::optional<Attestation> parse_attestation(ByteSpan document);

// Whom attestation documents are believed. Immutable; thread-safe.
class AttestationVerifier final {
 public:
  // Nobody: every document is refused.
  AttestationVerifier() = default;
  // The roots of a PEM text with certificates only; nothing when it has none or a bad one.
  static std::optional<AttestationVerifier> from_pem(std::string_view roots);

  bool has_roots() const { return roots_ != nullptr; }
  // The key of the machine that the document is about. kUnsupportedOperation without roots. kValidation when the
  // document's time is too far from `now`, its certificate does not lead to a root, is not valid at `now` or did not
  // sign it, or its key is none of RSA with 2048 to 4096 bits; the detail tells which.
  [[nodiscard]] Result<PublicKey> verify(const Attestation& attestation, WallTime now) const;

 private:
  struct Roots;
  std::shared_ptr<const Roots> roots_;
};

// CMS EnvelopedData (RFC 5652) for the machine whose key AttestationVerifier::verify() told; see
// crypto/enveloped_data.h. The secret is not empty.
using crypto::envelop;

}  // namespace claviger::hsm
