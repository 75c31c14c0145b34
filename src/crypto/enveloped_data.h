// CMS EnvelopedData (RFC 5652 section 6), as it is sent to attested machines.
#pragma once

#include <cstddef>
#include <optional>

#include "base/bytes.h"
#include "base/secret.h"

namespace claviger::crypto {

// A DER ContentInfo of EnvelopedData of version 2 with one recipient (KeyTransRecipientInfo of version 2): a random
// AES-256 key, encrypted by RSAES-OAEP with SHA-256 and MGF1 with SHA-256 for `recipient`, and under it the content by
// AES in CBC mode with the padding of RFC 5652 section 6.3. The recipient's key is named by the SHA-1 of its bits (RFC
// 5280 section 4.2.1.2). With OpenSSL's random numbers, because it takes no others. `recipient` is a DER
// SubjectPublicKeyInfo of an RSA key of 2048 to 4096 bits with an odd exponent and nothing behind it; nothing for any
// other. `content` is not empty. Thread-safe.
[[nodiscard]] std::optional<Bytes> envelop(ByteSpan recipient, const SecretBytes& content);
// Whether envelop() takes the key.
[[nodiscard]] bool can_envelop_for(ByteSpan recipient);

}  // namespace claviger::crypto
