// A web identity token: a JSON Web Token (RFC 7519) in the compact form of RFC 7515, as OpenID Connect issues them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "iam/key_set.h"

namespace claviger::iam {

inline constexpr std::size_t kMaxWebIdentityTokenBytes = 20'000;
inline constexpr std::size_t kMaxAudiences = 10;

// What a token says. Nothing of it is to be believed before the signature has been verified.
struct WebIdentityToken {
  TokenAlgorithm algorithm = TokenAlgorithm::kRs256;
  std::string key_id;  // empty: the header names none
  std::string issuer;
  std::string subject;
  std::vector<std::string> audiences;  // at least one
  std::string authorized_party;        // azp; empty: none
  std::vector<std::string> amr;
  std::int64_t expires = 0;  // seconds since the Unix epoch, like the next two
  std::optional<std::int64_t> not_before;
  std::int64_t issued_at = 0;
  // Header and payload as they were signed, and the signature.
  std::string_view signed_text;  // a view into the token
  Bytes signature;
};

// kInvalidIdentityToken for anything but a token signed with RS256 or ES256 that has iss, sub, aud, exp and iat in
// their forms: other algorithms and `none`, critical extensions (RFC 7515 section 4.1.11), members that occur twice,
// encodings that are not canonical, times that are no whole numbers, and claims that would have to change the session
// (https://aws.amazon.com/tags, .../source_identity), which are not supported. Messages hold nothing of the token.
[[nodiscard]] Result<WebIdentityToken> parse_web_identity_token(std::string_view token);

}  // namespace claviger::iam
