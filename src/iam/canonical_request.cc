#include "iam/canonical_request.h"

#include <array>

#include "base/encoding.h"
#include "iam/text.h"

namespace claviger::iam {
namespace {

// RFC 3986 section 5.2.4, and runs of slashes count as one. Writes the normalised path, still unencoded, at the end of
// `out`.
void append_normalized_path(std::string_view path, std::string& out) {
  const std::size_t start = out.size();
  bool ends_in_slash = true;
  while (!path.empty()) {
    const std::string_view segment = path.substr(0, path.find('/'));
    path.remove_prefix(segment.size());
    ends_in_slash = !path.empty();
    if (ends_in_slash) path.remove_prefix(1);
    if (segment.empty() || segment == ".") {
      ends_in_slash = true;
    } else if (segment == "..") {
      const std::size_t parent = std::string_view(out).substr(start).rfind('/');
      out.resize(parent == std::string_view::npos ? start : start + parent);
      ends_in_slash = true;
    } else {
      out.append("/").append(segment);
    }
  }
  if (ends_in_slash || out.size() == start) out.push_back('/');
}

void append_canonical_path(std::string_view path, bool normalize, std::string& out) {
  if (path.empty() || path == "/") {
    out.push_back('/');
    return;
  }
  if (!normalize) return append_uri_encoded(path, /*keep_slash=*/true, out);
  std::string normalized;
  append_normalized_path(path, normalized);
  append_uri_encoded(normalized, /*keep_slash=*/true, out);
}

// Without white space at its ends, and with one space for every run of it inside.
void append_trimmed_value(std::string_view value, std::string& out) {
  value = trimmed(value);
  std::size_t start = 0;
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (!is_space(value[i])) continue;
    out.append(value.substr(start, i - start)).push_back(' ');
    while (is_space(value[i + 1])) ++i;
    start = i + 1;
  }
  out.append(value.substr(start));
}

bool append_canonical_header(const SignedRequest& request, std::string_view name, std::string& out) {
  bool found = false;
  out.append(name).push_back(':');
  for (const auto& [header, value] : request.headers) {
    if (!equals_ignoring_case(header, name)) continue;
    if (found) out.push_back(',');
    found = true;
    append_trimmed_value(value, out);
  }
  out.push_back('\n');
  return found;
}

}  // namespace

bool append_canonical_request(const SignedRequest& request, QueryParameters& parameters,
                              const std::vector<std::string_view>& signed_headers, const crypto::Digest256& body_digest,
                              const CanonicalOptions& options, std::string& out) {
  out.append(request.method).push_back('\n');
  append_canonical_path(request.path, options.normalize_path, out);
  out.push_back('\n');
  parameters.append_canonical(options.unsigned_parameter, out);
  out.push_back('\n');
  bool complete = true;
  for (const std::string_view name : signed_headers) complete &= append_canonical_header(request, name, out);
  out.push_back('\n');
  for (std::size_t i = 0; i < signed_headers.size(); ++i) {
    if (i > 0) out.push_back(';');
    out.append(signed_headers[i]);
  }
  out.push_back('\n');
  append_hex(body_digest, out);
  return complete;
}

void append_string_to_sign(std::string_view timestamp, std::string_view scope,
                           const crypto::Digest256& canonical_request_digest, std::string& out) {
  out.append("AWS4-HMAC-SHA256\n").append(timestamp).push_back('\n');
  out.append(scope).push_back('\n');
  append_hex(canonical_request_digest, out);
}

void append_hex(const crypto::Digest256& digest, std::string& out) {
  std::array<char, 2 * std::tuple_size_v<crypto::Digest256>> text;
  hex_into(digest, text.data());
  out.append(text.data(), text.size());
}

}  // namespace claviger::iam
