#include "iam/jwt.h"

#include <algorithm>
#include <map>

#include "base/json.h"
#include "iam/base64url.h"

namespace claviger::iam {
namespace {

constexpr std::size_t kMaxDepth = 16;
constexpr std::size_t kMaxTextBytes = 1024;
constexpr std::size_t kMaxAmr = 16;
// Year 9999, in seconds.
constexpr std::int64_t kLatest = 253'402'300'799;

std::unexpected<Error> invalid(std::string message) {
  return fail(ErrorCode::kInvalidIdentityToken, std::move(message));
}
std::unexpected<Error> invalid_claim(std::string_view claim) {
  return invalid(std::string("The claim ").append(claim).append(" of the token is missing or malformed"));
}

using Members = std::map<std::string_view, json::Value>;

// The members of the JSON object that a segment encodes; nullopt when it is none, or has a name twice. `parser` holds
// what the members view.
std::optional<Members> decode_segment(std::string_view segment, json::Parser& parser) {
  const auto bytes = base64url_decode(segment);
  if (!bytes) return std::nullopt;
  const auto value = parser.parse(*bytes);
  if (!value || value->type() != json::Type::kObject) return std::nullopt;
  Members members;
  json::ObjectCursor cursor = value->fields();
  std::string_view name;
  json::Value member;
  while (cursor.next(name, member)) {
    if (!members.emplace(name, member).second) return std::nullopt;
  }
  return members;
}

// False when there is one and it is no text of 1 to kMaxTextBytes; `out` stays empty when there is none.
bool read_text(const json::Value& value, std::string& out) {
  if (value.type() != json::Type::kString || value.text().empty() || value.text().size() > kMaxTextBytes) return false;
  out = value.text();
  return true;
}
bool read_optional_text(const Members& members, std::string_view name, std::string& out) {
  const auto found = members.find(name);
  return found == members.end() || read_text(found->second, out);
}
bool read_required_text(const Members& members, std::string_view name, std::string& out) {
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

std::optional<std::int64_t> read_time(const Members& members, std::string_view name) {
  const auto found = members.find(name);
  if (found == members.end() || found->second.type() != json::Type::kInteger) return std::nullopt;
  const std::int64_t time = found->second.integer();
  if (time < 0 || time > kLatest) return std::nullopt;
  return time;
}

Status read_header(const Members& header, WebIdentityToken& token) {
  std::string algorithm, type;
  if (!read_required_text(header, "alg", algorithm)) return invalid("The token's header names no algorithm");
  if (algorithm == "RS256") {
    token.algorithm = TokenAlgorithm::kRs256;
  } else if (algorithm == "ES256") {
    token.algorithm = TokenAlgorithm::kEs256;
  } else {
    return invalid("The token must be signed with RS256 or ES256");
  }
  if (header.contains("crit") || header.contains("b64")) return invalid("The token has critical extensions");
  if (!read_optional_text(header, "kid", token.key_id)) return invalid("The token's key id is malformed");
  return {};
}

Status read_claims(const Members& claims, WebIdentityToken& token) {
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
  for (const auto& [name, value] : claims) {
    if (name.starts_with("https://aws.amazon.com/")) {
      return invalid("Session tags and source identities in tokens are not supported");
    }
  }
  return {};
}

}  // namespace

Result<WebIdentityToken> parse_web_identity_token(std::string_view text) {
  if (text.size() > kMaxWebIdentityTokenBytes) return invalid("The token is too long");
  const std::size_t first = text.find('.');
  const std::size_t second = first == std::string_view::npos ? first : text.find('.', first + 1);
  if (second == std::string_view::npos || text.find('.', second + 1) != std::string_view::npos) {
    return invalid("The token is not three parts with dots between them");
  }
  WebIdentityToken token;
  json::Parser header_parser(kMaxDepth), claims_parser(kMaxDepth);
  const auto header = decode_segment(text.substr(0, first), header_parser);
  if (!header) return invalid("The token's header cannot be read");
  CLAVIGER_TRY(read_header(*header, token));
  const auto claims = decode_segment(text.substr(first + 1, second - first - 1), claims_parser);
  if (!claims) return invalid("The token's claims cannot be read");
  CLAVIGER_TRY(read_claims(*claims, token));
  const auto signature = base64url_decode(text.substr(second + 1));
  if (!signature || signature->empty()) return invalid("The token's signature cannot be read");
  token.signature = *signature;
  token.signed_text = text.substr(0, second);
  return token;
}

}  // namespace claviger::iam
