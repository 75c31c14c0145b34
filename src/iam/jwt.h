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
#include "base/secret.h"
#include "iam/key_set.h"
#include "iam/record_parts.h"

namespace claviger::iam {

inline constexpr std::size_t kMaxWebIdentityTokenBytes = 20'000;
inline constexpr std::size_t kMaxAudiences = 10;
inline constexpr std::size_t kMaxTokenTags = 50;

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
  // Of the claims https://aws.amazon.com/tags and https://aws.amazon.com/source_identity (IAM User Guide, "Pass session
  // tags in AWS STS"): what the issuer wants for the session.
  std::vector<Tag> tags;
  std::vector<std::string> transitive_tag_keys;
  std::string source_identity;  // empty: none
  // Header and payload as they were signed, and the signature.
  std::string_view signed_text;  // a view into the text
  SecretBytes signature;
};

// kInvalidIdentityToken for anything but a token signed with RS256 or ES256 that has iss, sub, aud, exp and iat in
// their forms: other algorithms and `none`, critical extensions (RFC 7515 section 4.1.11), members that occur twice,
// encodings that are not canonical, times that are no whole numbers, and every other claim of https://aws.amazon.com/
// than tags (in the nested form: `principal_tags` with a list of one text each, `transitive_tag_keys`) and
// source_identity, because it could change the session. Messages hold nothing of the token. Its only copies that are
// not wiped are of the claims that are returned.
[[nodiscard]] Result<WebIdentityToken> parse_web_identity_token(std::string_view text);

// kInvalidIdentityToken with a message for the client.
std::unexpected<Error> invalid_token(std::string message);

}  // namespace claviger::iam
