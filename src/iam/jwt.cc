#include "iam/jwt.h"

#include <algorithm>
#include <utility>

#include "base/encoding.h"
#include "base/json.h"
#include "iam/json_members.h"
#include "iam/names.h"
#include "iam/secret_gate.h"

namespace claviger::iam {
namespace {

constexpr std::size_t kMaxDepth = 16;
constexpr std::size_t kMaxTextBytes = 1024;
constexpr std::size_t kMaxAmr = 16;
constexpr std::string_view kAwsClaims = "https://aws.amazon.com/";
// Year 9999, in seconds.
constexpr std::int64_t kLatest = 253'402'300'799;

std::unexpected<Error> invalid_claim(std::string_view claim) {
  return invalid_token(std::string("The claim ").append(claim).append(" of the token is missing or malformed"));
}

// Parses into memory that is wiped.
class SegmentParser final {
 public:
  SegmentParser() : parser_(kMaxDepth) {}
  ~SegmentParser() { parser_.clear(); }
  SegmentParser(const SegmentParser&) = delete;
  SegmentParser& operator=(const SegmentParser&) = delete;
  json::Parser& operator*() { return parser_; }

 private:
  json::Parser parser_;
};

// The canonical form only, as base64url_decode(); nullopt for anything else.
std::optional<SecretBytes> decode_secret(std::string_view text) {
  SecretBytes standard((text.size() + 3) / 4 * 4);
  const MutableByteSpan out = standard.writable();
  std::fill(out.begin(), out.end(), static_cast<std::uint8_t>('='));
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '+' || c == '/' || c == '=') return std::nullopt;
    out[i] = static_cast<std::uint8_t>(c == '-' ? '+' : c == '_' ? '/' : c);
  }
  return base64_decode_secret(as_text(standard.expose(SecretGate::access())));
}

// The members of the JSON object that a segment encodes; nullopt when it is none. `parser` holds what the members view.
std::optional<JsonMembers> decode_segment(std::string_view segment, json::Parser& parser) {
  const auto bytes = decode_secret(segment);
  if (!bytes) return std::nullopt;
  const auto value = parser.parse(bytes->expose(SecretGate::access()));
  return value ? members_of(*value) : std::nullopt;
}

// False when there is one and it is no text of 1 to kMaxTextBytes; `out` stays empty when there is none.
bool read_text(const json::Value& value, std::string& out) {
  if (value.type() != json::Type::kString || value.text().empty() || value.text().size() > kMaxTextBytes) return false;
  out = value.text();
  return true;
}
bool read_optional_text(const JsonMembers& members, std::string_view name, std::string& out) {
  const auto found = members.find(name);
  return found == members.end() || read_text(found->second, out);
}
bool read_required_text(const JsonMembers& members, std::string_view name, std::string& out) {
  return members.contains(name) && read_optional_text(members, name, out);
}

// A text or a list of texts.
bool read_texts(const json::Value& value, std::size_t most, std::vector<std::string>& out) {
  if (value.type() != json::Type::kArray) return read_text(value, out.emplace_back());
  json::ArrayCursor cursor = value.elements();
  json::Value element;
  while (cursor.next(element)) {
    if (out.size() == most || !read_text(element, out.emplace_back())) return false;
  }
  return !out.empty();
}

std::optional<std::int64_t> read_time(const JsonMembers& members, std::string_view name) {
  const auto found = members.find(name);
  if (found == members.end() || found->second.type() != json::Type::kInteger) return std::nullopt;
  const std::int64_t time = found->second.integer();
  if (time < 0 || time > kLatest) return std::nullopt;
  return time;
}

Status read_header(const JsonMembers& header, WebIdentityToken& token) {
  std::string algorithm;
  if (!read_required_text(header, "alg", algorithm)) return invalid_token("The token's header names no algorithm");
  if (algorithm == "RS256") {
    token.algorithm = TokenAlgorithm::kRs256;
  } else if (algorithm == "ES256") {
    token.algorithm = TokenAlgorithm::kEs256;
  } else {
    return invalid_token("The token must be signed with RS256 or ES256");
  }
  if (header.contains("crit") || header.contains("b64")) return invalid_token("The token has critical extensions");
  if (!read_optional_text(header, "kid", token.key_id)) return invalid_token("The token's key id is malformed");
  return {};
}

// `{"principal_tags": {"Team": ["a"]}, "transitive_tag_keys": ["Team"]}`; either may be missing. What tags and keys may
// look like is the session's business.
bool read_tags(const json::Value& value, WebIdentityToken& token) {
  const auto parts = members_of(value);
  if (!parts) return false;
  for (const auto& [name, part] : *parts) {
    if (name == "principal_tags") {
      const auto tags = members_of(part);
      if (!tags || tags->size() > kMaxTokenTags) return false;
      for (const auto& [key, values] : *tags) {
        if (values.type() != json::Type::kArray) return false;
        json::ArrayCursor cursor = values.elements();
        json::Value only, second;
        if (!cursor.next(only) || cursor.next(second) || only.type() != json::Type::kString) return false;
        if (key.size() > kMaxTextBytes || only.text().size() > kMaxTextBytes) return false;
        token.tags.push_back({std::string(key), std::string(only.text())});
      }
    } else if (name == "transitive_tag_keys") {
      if (part.type() != json::Type::kArray) return false;
      json::ArrayCursor cursor = part.elements();
      json::Value key;
      while (cursor.next(key)) {
        auto& keys = token.transitive_tag_keys;
        if (keys.size() == kMaxTokenTags || !read_text(key, keys.emplace_back())) return false;
      }
    } else {
      return false;
    }
  }
  return true;
}

// The claims that change the session. One that is not understood might limit it, and is refused.
Status read_session_claims(const JsonMembers& claims, WebIdentityToken& token) {
  for (const auto& [name, value] : claims) {
    if (!name.starts_with(kAwsClaims)) continue;
    const std::string_view claim = name.substr(kAwsClaims.size());
    if (claim == "tags") {
      if (!read_tags(value, token)) return invalid_token("The session tags in the token cannot be read");
    } else if (claim == "source_identity") {
      if (!read_text(value, token.source_identity) || !is_source_identity(token.source_identity)) {
        return invalid_token("The source identity in the token is malformed");
      }
    } else {
      return invalid_token("The token has a claim of https://aws.amazon.com/ that is not supported");
    }
  }
  return {};
}

Status read_claims(const JsonMembers& claims, WebIdentityToken& token) {
  if (!read_required_text(claims, "iss", token.issuer)) return invalid_claim("iss");
  if (!read_required_text(claims, "sub", token.subject)) return invalid_claim("sub");
  const auto audience = claims.find("aud");
  if (audience == claims.end() || !read_texts(audience->second, kMaxAudiences, token.audiences)) {
    return invalid_claim("aud");
  }
  if (!read_optional_text(claims, "azp", token.authorized_party)) return invalid_claim("azp");
  const auto amr = claims.find("amr");
  if (amr != claims.end() && !read_texts(amr->second, kMaxAmr, token.amr)) return invalid_claim("amr");
  const auto expires = read_time(claims, "exp"), issued = read_time(claims, "iat");
  if (!expires) return invalid_claim("exp");
  if (!issued) return invalid_claim("iat");
  token.expires = *expires;
  token.issued_at = *issued;
  token.not_before = read_time(claims, "nbf");
  if (claims.contains("nbf") && !token.not_before) return invalid_claim("nbf");
  return read_session_claims(claims, token);
}

}  // namespace

std::unexpected<Error> invalid_token(std::string message) {
  return fail(ErrorCode::kInvalidIdentityToken, std::move(message));
}

Result<WebIdentityToken> parse_web_identity_token(std::string_view text) {
  if (text.size() > kMaxWebIdentityTokenBytes) return invalid_token("The token is too long");
  const std::size_t first = text.find('.');
  const std::size_t second = first == std::string_view::npos ? first : text.find('.', first + 1);
  if (second == std::string_view::npos || text.find('.', second + 1) != std::string_view::npos) {
    return invalid_token("The token is not three parts with dots between them");
  }
  WebIdentityToken token;
  SegmentParser header_parser, claims_parser;
  const auto header = decode_segment(text.substr(0, first), *header_parser);
  if (!header) return invalid_token("The token's header cannot be read");
  CLAVIGER_TRY(read_header(*header, token));
  const auto claims = decode_segment(text.substr(first + 1, second - first - 1), *claims_parser);
  if (!claims) return invalid_token("The token's claims cannot be read");
  CLAVIGER_TRY(read_claims(*claims, token));
  auto signature = decode_secret(text.substr(second + 1));
  if (!signature || signature->empty()) return invalid_token("The token's signature cannot be read");
  token.signature = *std::move(signature);
  token.signed_text = text.substr(0, second);
  return token;
}

}  // namespace claviger::iam
