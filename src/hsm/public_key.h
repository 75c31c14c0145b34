// The public half of asymmetric KMS keys: what needs no secret, and so no session.
#pragma once

#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "crypto/asymmetric_key.h"
#include "crypto/key_agreement.h"
#include "crypto/oaep.h"
#include "crypto/signature.h"
#include "crypto/sm2.h"

namespace claviger::hsm {

// Immutable and cheap to copy; see crypto/asymmetric_key.h.
using crypto::PublicKey;

using crypto::HashAlgorithm;
using crypto::MessageForm;
using crypto::OaepHash;
using crypto::SignatureAlgorithm;
using crypto::SignatureScheme;
inline constexpr std::size_t kMlDsaMuBytes = crypto::kMlDsaMuBytes;

// As crypto's; from here because the API's room does not use that one. Thread-safe.
using crypto::can_sign;
using crypto::digest_bytes;
using crypto::digest_size;
using crypto::max_oaep_plaintext;
using crypto::oaep_encrypt;
using crypto::sm2_encrypt;

// As crypto::verify(), for a message that is the caller's secret.
[[nodiscard]] bool verify(const PublicKey& key, SignatureAlgorithm algorithm, MessageForm form,
                          const SecretBytes& message, ByteSpan signature);

// A SubjectPublicKeyInfo of the spec, as the API names it. Nothing when it is none, or the spec has no public keys.
std::optional<PublicKey> parse_public_key(std::string_view key_spec, ByteSpan spki);
// The same for what a key's record has, which this process, or one before it, wrote and the store authenticates:
// without the check of its numbers, which for RSA takes as long as many signatures do.
std::optional<PublicKey> parse_stored_public_key(std::string_view key_spec, ByteSpan spki);

}  // namespace claviger::hsm
