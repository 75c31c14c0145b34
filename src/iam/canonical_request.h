// The texts that Signature Version 4 signs (IAM User Guide, "Create a signed AWS API request", steps 1 and 3).
// They go into strings that the caller reuses, so that a warm one costs no allocation.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "crypto/digest.h"
#include "iam/query_parameters.h"
#include "iam/signed_request.h"

namespace claviger::iam {

struct CanonicalOptions {
  // Whether `.`, `..` and repeated slashes of the path are resolved: every service but S3 does.
  bool normalize_path = true;
  // A query parameter that was added after signing, and so is left out; empty for none.
  std::string_view unsigned_parameter;
};

// `signed_headers` are the lower-case names, sorted; `parameters` were parsed from the request's query. Returns false
// when a signed header is not in the request at all: then `out` is complete nevertheless, with an empty value for it.
bool append_canonical_request(const SignedRequest& request, QueryParameters& parameters,
                              const std::vector<std::string_view>& signed_headers, const crypto::Digest256& body_digest,
                              const CanonicalOptions& options, std::string& out);

// `timestamp` is `20150830T123600Z`, `scope` is `20150830/us-east-1/kms/aws4_request`.
void append_string_to_sign(std::string_view timestamp, std::string_view scope,
                           const crypto::Digest256& canonical_request_digest, std::string& out);

void append_hex(const crypto::Digest256& digest, std::string& out);

}  // namespace claviger::iam
