// What a request says about its own signature, read and checked for form. Nothing here is verified.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "crypto/digest.h"
#include "iam/query_parameters.h"
#include "iam/signed_request.h"

namespace claviger::iam {

inline constexpr std::size_t kMaxAuthorizationBytes = 8 * 1024;
inline constexpr std::size_t kMaxSignedHeaders = 64;

struct SignatureClaims {
  // `<access key id>/<date>/<region>/<service>/<terminator>`, and its parts.
  std::string_view credential, access_key_id, scope;
  std::string_view date, region, service, terminator;
  std::string_view signature;
  std::vector<std::string_view> signed_headers;  // lower case, sorted, each once
  WallTime time;
  std::string_view timestamp;  // `time` in ISO 8601 basic format as sent; empty when it came as an HTTP date
  std::optional<std::chrono::seconds> expires;  // of the query form only
  std::optional<std::string_view> security_token;
  std::optional<std::string_view> content_sha256;  // the x-amz-content-sha256 header

  void clear();
};

// Fills `claims` with views into `request` and `parameters`, which were parsed from the request's query. On failure
// its content is unspecified. Refuses every ambiguity: credentials in two places, a repeated parameter, a repeated
// Authorization, host, date or x-amz-* header; and an x-amz-* header, host or date that is not among the signed
// headers. Error codes and texts as in Authenticator::authenticate().
[[nodiscard]] Status read_claims(const SignedRequest& request, const QueryParameters& parameters,
                                 crypto::Sha256& sha256, SignatureClaims& claims);

}  // namespace claviger::iam
