// For tests only: wrapping key material as its owner does.
#pragma once

#include <string>
#include <string_view>

#include "base/encoding.h"
#include "base/secret.h"
#include "crypto/testing_key_wrap.h"
#include "hsm/public_key.h"
#include "server/testing_world.h"

namespace claviger::server {

// EncryptedKeyMaterial in base64, for a PublicKey in base64 of spec RSA_2048.
inline std::string wrapped(std::string_view public_key, std::string_view algorithm, const SecretBytes& material) {
  const auto key = hsm::parse_public_key("RSA_2048", base64_decode(public_key).value()).value();
  const hsm::OaepHash hash = algorithm.ends_with("SHA_1") ? hsm::OaepHash::kSha1 : hsm::OaepHash::kSha256;
  if (algorithm.starts_with("RSAES")) return base64_encode(hsm::oaep_encrypt(key, hash, material));
  const SecretBytes between(32);
  Bytes out = hsm::oaep_encrypt(key, hash, between);
  const Bytes rest = crypto::wrap_with_padding(between, material);
  out.insert(out.end(), rest.begin(), rest.end());
  return base64_encode(out);
}

}  // namespace claviger::server
