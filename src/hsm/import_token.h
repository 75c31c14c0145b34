// What an import token says (docs/formats/import-token.md). Included by hsm/*.cc and tests only.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/secret.h"
#include "crypto/asymmetric_key.h"
#include "crypto/oaep.h"
#include "hsm/session.h"

namespace claviger::hsm {

// How key material is wrapped for import. The numbers are stored: never reused, never changed.
enum class WrappingAlgorithm : std::uint8_t {
  kRsaesOaepSha1 = 2,
  kRsaesOaepSha256 = 3,
  kRsaAesKeyWrapSha1 = 4,
  kRsaAesKeyWrapSha256 = 5,
  kSm2Pke = 6,
};

// By the names of the API; nothing for those that are not built.
std::optional<WrappingAlgorithm> wrapping_algorithm(std::string_view name);
std::optional<crypto::KeyKind> wrapping_kind(std::string_view wrapping_key_spec);
// Whether keys of the kind wrap so: SM2 by kSm2Pke, RSA by the others.
constexpr bool can_wrap(crypto::KeyKind kind, WrappingAlgorithm algorithm) {
  return algorithm == WrappingAlgorithm::kSm2Pke ? kind == crypto::KeyKind::kSm2 : crypto::is_rsa(kind);
}

// Of the algorithms of RSA.
constexpr crypto::OaepHash hash_of(WrappingAlgorithm algorithm) {
  const bool sha1 =
      algorithm == WrappingAlgorithm::kRsaesOaepSha1 || algorithm == WrappingAlgorithm::kRsaAesKeyWrapSha1;
  return sha1 ? crypto::OaepHash::kSha1 : crypto::OaepHash::kSha256;
}
// Whether RSA wraps an AES key, and that the material.
constexpr bool has_key_between(WrappingAlgorithm algorithm) {
  return algorithm == WrappingAlgorithm::kRsaAesKeyWrapSha1 || algorithm == WrappingAlgorithm::kRsaAesKeyWrapSha256;
}

struct ImportToken {
  WrappingAlgorithm algorithm{};
  crypto::KeyKind wrapping_kind{};
  WallTime valid_until{};   // from then on it is expired
  SecretBytes private_key;  // of the wrapping key pair: DER PKCS #8
};

// 1 to crypto::kMaxKeyEncodingBytes bytes of private key, and can_wrap().
SecretBytes encode(const ImportToken& token);
// Nothing for what encode() does not make, and for a key that does not wrap so.
std::optional<ImportToken> decode_import_token(const SecretBytes& bytes);

// The context of the sealed value: the key that the token is for.
Bytes import_token_context(const KeyBinding& binding);

}  // namespace claviger::hsm
