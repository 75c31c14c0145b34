#include "iam/signature_claims.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/encoding.h"
#include "iam/text.h"
#include "iam/timestamp.h"

namespace claviger::iam {
namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";

std::unexpected<Error> incomplete(std::string message) {
  return fail(ErrorCode::kIncompleteSignature, std::move(message));
}

// People put secrets into the wrong parameter, so what could not be read is told by its digest, as AWS does.
std::string digest_of(std::string_view text, crypto::Sha256& sha256) {
  return base64_encode(sha256.digest(as_bytes(text)));
}

// The headers that matter here, from one walk over all of them.
struct HeaderView {
  std::optional<std::string_view> authorization, amz_date, date, security_token, content_sha256;
  bool has_host = false;
};

std::unexpected<Error> repeated(std::string_view header) {
  return incomplete(fmt::format("The header '{}' must not be repeated.", printable(header)));
}

bool is_amz_header(std::string_view name) { return equals_ignoring_case(name.substr(0, 6), "x-amz-"); }

bool equal_names(std::string_view a, std::string_view b) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return to_lower(x) == to_lower(y); });
}

Result<HeaderView> view_headers(const SignedRequest& request) {
  HeaderView view;
  const auto once = [](std::optional<std::string_view>& slot, std::string_view value) {
    if (slot) return false;
    slot = trimmed(value);
    return true;
  };
  for (std::size_t i = 0; i < request.headers.size(); ++i) {
    const auto& [name, value] = request.headers[i];
    if (is_amz_header(name)) {
      for (std::size_t j = 0; j < i; ++j) {
        if (equal_names(request.headers[j].first, name)) return repeated(name);
      }
      if (equals_ignoring_case(name, "x-amz-date")) view.amz_date = trimmed(value);
      if (equals_ignoring_case(name, "x-amz-security-token")) view.security_token = trimmed(value);
      if (equals_ignoring_case(name, "x-amz-content-sha256")) view.content_sha256 = trimmed(value);
    } else if (equals_ignoring_case(name, "authorization")) {
      if (!once(view.authorization, value)) return repeated(name);
    } else if (equals_ignoring_case(name, "date")) {
      if (!once(view.date, value)) return repeated(name);
    } else if (equals_ignoring_case(name, "host")) {
      if (view.has_host) return repeated(name);
      view.has_host = true;
    }
  }
  return view;
}

Status read_credential(std::string_view credential, crypto::Sha256& sha256, SignatureClaims& claims) {
  std::array<std::string_view, 5> parts;
  std::size_t count = 0;
  for (std::string_view rest = credential; count < parts.size(); ++count) {
    const std::size_t end = std::min(rest.find('/'), rest.size());
    parts[count] = rest.substr(0, end);
    if (parts[count].empty()) break;
    if (end == rest.size()) {
      rest = {};
      ++count;
      break;
    }
    rest.remove_prefix(end + 1);
    // More than five: leave the count at a value that is refused below.
    if (count == parts.size() - 1) count = parts.size() + 1;
  }
  if (count != parts.size()) {
    return incomplete(
        fmt::format("Credential must have exactly 5 slash-delimited elements, e.g. "
                    "keyid/date/region/service/term, got (hashed with SHA-256 and encoded with "
                    "Base64): '{}'",
                    digest_of(credential, sha256)));
  }
  claims.credential = credential;
  claims.access_key_id = parts[0];
  claims.scope = credential.substr(parts[0].size() + 1);
  claims.date = parts[1];
  claims.region = parts[2];
  claims.service = parts[3];
  claims.terminator = parts[4];
  return {};
}

bool is_header_name(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
  });
}

// Sorted and unique is what every signer sends; insisting on it makes the list, too, mean one thing only.
Status read_signed_headers(std::string_view list, SignatureClaims& claims) {
  while (true) {
    const std::string_view name = list.substr(0, list.find(';'));
    const bool in_order = claims.signed_headers.empty() || claims.signed_headers.back() < name;
    if (!is_header_name(name) || !in_order || claims.signed_headers.size() == kMaxSignedHeaders) {
      return incomplete("SignedHeaders must be a sorted, semicolon-separated list of lower-case header names.");
    }
    claims.signed_headers.push_back(name);
    if (name.size() == list.size()) return {};
    list.remove_prefix(name.size() + 1);
  }
}

struct AuthorizationParameters {
  std::optional<std::string_view> credential, signed_headers, signature;
};

Status read_authorization_parameters(std::string_view header, std::string_view list, crypto::Sha256& sha256,
                                     AuthorizationParameters& parameters) {
  while (!list.empty()) {
    const std::string_view raw = list.substr(0, list.find(','));
    list.remove_prefix(std::min(raw.size() + 1, list.size()));
    const std::string_view pair = trimmed(raw);
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos || pair.find(' ') != std::string_view::npos ||
        pair.find('\t') != std::string_view::npos) {
      return incomplete(
          fmt::format("Invalid key=value pair (missing equal-sign) in Authorization header (hashed with "
                      "SHA-256 and encoded with Base64): '{}'.",
                      digest_of(header, sha256)));
    }
    const std::string_view name = pair.substr(0, equals);
    std::optional<std::string_view>* slot = name == "Credential"      ? &parameters.credential
                                            : name == "SignedHeaders" ? &parameters.signed_headers
                                            : name == "Signature"     ? &parameters.signature
                                                                      : nullptr;
    if (slot == nullptr || *slot) {
      return incomplete(
          fmt::format("Authorization header has an unknown or repeated '{}' parameter.", printable(name)));
    }
    *slot = pair.substr(equals + 1);
  }
  return {};
}

Status read_header_form(const HeaderView& view, crypto::Sha256& sha256, SignatureClaims& claims) {
  const std::string_view header = *view.authorization;
  if (header.size() > kMaxAuthorizationBytes) return incomplete("The Authorization header is too long.");
  const std::string_view scheme = header.substr(0, header.find(' '));
  AuthorizationParameters parameters;
  if (scheme == kAlgorithm) {
    CLAVIGER_TRY(read_authorization_parameters(header, trimmed(header.substr(scheme.size())), sha256, parameters));
  } else if (scheme.starts_with("AWS4-")) {
    return incomplete(fmt::format("Unsupported AWS 'algorithm': '{}'.", printable(scheme)));
  }
  std::string missing;
  if (!parameters.credential) missing += "Authorization header requires 'Credential' parameter. ";
  if (!parameters.signature) missing += "Authorization header requires 'Signature' parameter. ";
  if (!parameters.signed_headers) missing += "Authorization header requires 'SignedHeaders' parameter. ";
  if (!view.amz_date && !view.date) {
    missing += "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ";
  }
  if (!missing.empty()) {
    return incomplete(fmt::format("{}(Hashed with SHA-256 and encoded with Base64) Authorization={}", missing,
                                  digest_of(header, sha256)));
  }
  claims.signature = *parameters.signature;
  CLAVIGER_TRY(read_credential(*parameters.credential, sha256, claims));
  return read_signed_headers(*parameters.signed_headers, claims);
}

std::unexpected<Error> bad_date(std::string_view text) {
  return incomplete(
      fmt::format("Date must be in ISO-8601 'basic format'. Got '{}'. See "
                  "http://en.wikipedia.org/wiki/ISO_8601",
                  printable(text)));
}

Status read_header_date(const HeaderView& view, SignatureClaims& claims) {
  const std::string_view text = view.amz_date ? *view.amz_date : *view.date;
  auto time = parse_basic_iso8601(text);
  if (time) claims.timestamp = text;
  if (!time && !view.amz_date) time = parse_http_date(text);
  if (!time) return bad_date(text);
  claims.time = *time;
  return {};
}

// 1 to 604,800 seconds: a week.
std::optional<std::chrono::seconds> parse_expires(std::string_view text) {
  constexpr int kWeek = 604'800;
  int value = 0;
  if (text.empty() || text.size() > 6) return std::nullopt;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  if (value < 1 || value > kWeek) return std::nullopt;
  return std::chrono::seconds(value);
}

Status read_query_form(const HeaderView& view, const QueryParameters& parameters, crypto::Sha256& sha256,
                       SignatureClaims& claims) {
  std::string missing;
  for (const std::string_view name : {"X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature", "X-Amz-SignedHeaders",
                                      "X-Amz-Date", "X-Amz-Expires"}) {
    const std::size_t count = parameters.count(name);
    if (count > 1) return incomplete(fmt::format("The query-string parameter '{}' must not be repeated.", name));
    if (count == 0) missing += fmt::format("AWS query-string parameters must include '{}'. ", name);
  }
  if (!missing.empty()) return incomplete(missing + "Re-examine the query-string parameters.");
  if (parameters.count("X-Amz-Security-Token") > 1) {
    return incomplete("The query-string parameter 'X-Amz-Security-Token' must not be repeated.");
  }
  if (view.amz_date) return incomplete("The date must be given once: in the query string or in a header.");
  if (const auto algorithm = *parameters.find("X-Amz-Algorithm"); algorithm != kAlgorithm) {
    return incomplete(fmt::format("Unsupported AWS 'algorithm': '{}'.", printable(algorithm)));
  }
  const auto date = *parameters.find("X-Amz-Date");
  const auto time = parse_basic_iso8601(date);
  if (!time) return bad_date(date);
  claims.time = *time;
  claims.timestamp = date;
  claims.expires = parse_expires(*parameters.find("X-Amz-Expires"));
  if (!claims.expires) return incomplete("X-Amz-Expires must be a number of seconds from 1 to 604800.");
  claims.security_token = parameters.find("X-Amz-Security-Token");
  claims.signature = *parameters.find("X-Amz-Signature");
  CLAVIGER_TRY(read_credential(*parameters.find("X-Amz-Credential"), sha256, claims));
  return read_signed_headers(*parameters.find("X-Amz-SignedHeaders"), claims);
}

std::unexpected<Error> must_be_signed(std::string_view name) {
  return fail(ErrorCode::kInvalidSignature, fmt::format("{} must be a 'SignedHeader' in the AWS Authorization.", name));
}

Status check_coverage(const SignedRequest& request, const HeaderView& view, const SignatureClaims& claims) {
  const auto is_signed = [&](std::string_view name) {
    return std::any_of(claims.signed_headers.begin(), claims.signed_headers.end(),
                       [name](std::string_view lower) { return equals_ignoring_case(name, lower); });
  };
  if (!is_signed("host")) return must_be_signed("'Host' or ':authority'");
  const bool dated_by_date_header = !claims.expires && !view.amz_date;
  if (dated_by_date_header && !is_signed("date")) return must_be_signed("'Date'");
  for (const auto& [name, value] : request.headers) {
    if (is_amz_header(name) && !is_signed(name)) return must_be_signed(fmt::format("'{}'", printable(name)));
  }
  return {};
}

}  // namespace

void SignatureClaims::clear() {
  // Keeps the memory of the list.
  auto list = std::move(signed_headers);
  list.clear();
  *this = SignatureClaims();
  signed_headers = std::move(list);
}

Status read_claims(const SignedRequest& request, const QueryParameters& parameters, crypto::Sha256& sha256,
                   SignatureClaims& claims) {
  claims.clear();
  CLAVIGER_ASSIGN(const HeaderView view, view_headers(request));
  const bool in_query =
      parameters.count("X-Amz-Algorithm") + parameters.count("X-Amz-Credential") + parameters.count("X-Amz-Signature") >
      0;
  if (!view.authorization && !in_query) {
    return fail(ErrorCode::kMissingAuthenticationToken, "Missing Authentication Token");
  }
  if (view.authorization && parameters.has_prefix("x-amz-")) {
    return incomplete("Credentials must be given once: in the Authorization header or in the query string.");
  }
  if (view.authorization) {
    CLAVIGER_TRY(read_header_form(view, sha256, claims));
    CLAVIGER_TRY(read_header_date(view, claims));
  } else {
    CLAVIGER_TRY(read_query_form(view, parameters, sha256, claims));
  }
  if (view.security_token) {
    if (claims.security_token) {
      return incomplete("The security token must be given once: in the query string or in a header.");
    }
    claims.security_token = view.security_token;
  }
  claims.content_sha256 = view.content_sha256;
  return check_coverage(request, view, claims);
}

}  // namespace claviger::iam
