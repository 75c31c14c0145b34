// CMS EnvelopedData (RFC 5652 section 6), as it is sent to attested machines.
#pragma once

#include <cstddef>
#include <optional>

#include "base/bytes.h"
#include "base/secret.h"
#include "crypto/asymmetric_key.h"

namespace claviger::crypto {

// A DER ContentInfo of EnvelopedData of version 2 with one recipient (KeyTransRecipientInfo of version 2): a random
// AES-256 key, encrypted by RSAES-OAEP with SHA-256 and MGF1 with SHA-256 for `recipient`, and under it the content by
// AES in CBC mode with the padding of RFC 5652 section 6.3. The recipient's key is named by the SHA-1 of its bits (RFC
// 5280 section 4.2.1.2). With OpenSSL's random numbers, because it takes no others. `recipient` is an RSA key;
// `content` is not empty. Thread-safe.
[[nodiscard]] Bytes envelop(const PublicKey& recipient, const SecretBytes& content);
// The key of a DER SubjectPublicKeyInfo of RSA with 2048, 3072 or 4096 bits and nothing behind it; nothing for any
// other. As PublicKey::parse() tests it, which takes as long as many signatures do.
[[nodiscard]] std::optional<PublicKey> parse_recipient(ByteSpan spki);

}  // namespace claviger::crypto
