// The Signature Version 4 test suite of the AWS Common Runtime (aws-c-auth, tests/aws-signing-test-suite/v4): for each
// case, in the header form and in the query form, the canonical request, the string to sign and the signature.
#include <gtest/gtest.h>
#include <simdjson.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <set>
#include <sstream>

#include "base/encoding.h"
#include "base/secret.h"
#include "iam/canonical_request.h"
#include "iam/query_parameters.h"
#include "iam/signing_keys.h"
#include "iam/text.h"
#include "vector_directory.h"

namespace claviger::iam {
namespace {

std::string read(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file) << path;
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

struct Context {
  std::string key_id, secret, token, region, service, timestamp;
  bool normalize = false, sign_body = false, omit_token = false;
  std::int64_t expires = 0;
};

Context read_context(const std::filesystem::path& path) {
  simdjson::dom::parser parser;
  const std::string text = read(path);
  const simdjson::dom::element root = parser.parse(text);
  Context c;
  c.key_id = std::string_view(root["credentials"]["access_key_id"]);
  c.secret = std::string_view(root["credentials"]["secret_access_key"]);
  if (std::string_view token; !root["credentials"]["token"].get(token)) c.token = token;
  c.region = std::string_view(root["region"]);
  c.service = std::string_view(root["service"]);
  c.timestamp = std::string_view(root["timestamp"]);
  std::erase_if(c.timestamp, [](char ch) { return ch == '-' || ch == ':'; });
  c.normalize = root["normalize"];
  c.sign_body = root["sign_body"];
  c.expires = root["expiration_in_seconds"];
  if (bool omit = false; !root["omit_session_token"].get(omit)) c.omit_token = omit;
  return c;
}

struct Request {
  std::string method, path, query, body;
  std::vector<std::pair<std::string, std::string>> headers;
};

// The suite's requests are not all valid HTTP: targets hold spaces, values go on over several lines.
Request read_request(const std::filesystem::path& path) {
  Request request;
  const std::string text = read(path);
  const std::size_t head_end = std::min(text.find("\n\n"), text.size());
  if (head_end < text.size()) request.body = text.substr(head_end + 2);
  std::istringstream lines(text.substr(0, head_end));
  std::string line;
  std::getline(lines, line);
  const std::size_t space = line.find(' '), version = line.rfind(" HTTP/1.1");
  request.method = line.substr(0, space);
  const std::string target = line.substr(space + 1, version - space - 1);
  request.path = target.substr(0, target.find('?'));
  if (request.path.size() < target.size()) request.query = target.substr(request.path.size() + 1);
  while (std::getline(lines, line)) {
    if (line.empty()) continue;
    if (is_space(line[0])) {
      request.headers.back().second += "\n" + line;
      continue;
    }
    const std::size_t colon = line.find(':');
    request.headers.emplace_back(line.substr(0, colon), line.substr(colon + 1));
  }
  return request;
}

std::vector<std::string> signed_names(const Request& request) {
  std::set<std::string> names;
  for (const auto& [name, value] : request.headers) {
    std::string lower;
    std::transform(name.begin(), name.end(), std::back_inserter(lower), to_lower);
    names.insert(lower);
  }
  return {names.begin(), names.end()};
}

class Sigv4Case {
 public:
  explicit Sigv4Case(const std::filesystem::path& directory)
      : directory_(directory),
        context_(read_context(directory / "context.json")),
        request_(read_request(directory / "request.txt")),
        body_digest_(sha256_.digest(as_bytes(request_.body))) {}

  void check_header_form() {
    Request request = request_;
    request.headers.emplace_back("X-Amz-Date", context_.timestamp);
    if (context_.sign_body) request.headers.emplace_back("X-Amz-Content-Sha256", hex_encode(body_digest_));
    if (!context_.token.empty() && !context_.omit_token) {
      request.headers.emplace_back("X-Amz-Security-Token", context_.token);
    }
    check("header", request, "");
  }

  void check_query_form() {
    Request request = request_;
    std::string& query = request.query;
    const auto add = [&query](std::string_view name, std::string_view value) {
      if (!query.empty()) query += '&';
      query.append(name).push_back('=');
      append_uri_encoded(value, false, query);
    };
    std::string names;
    for (const std::string& name : signed_names(request)) names.append(names.empty() ? "" : ";").append(name);
    add("X-Amz-Algorithm", "AWS4-HMAC-SHA256");
    add("X-Amz-Credential", context_.key_id + "/" + scope());
    add("X-Amz-Date", context_.timestamp);
    add("X-Amz-SignedHeaders", names);
    add("X-Amz-Expires", std::to_string(context_.expires));
    if (!context_.token.empty()) add("X-Amz-Security-Token", context_.token);
    add("X-Amz-Signature", "0");
    check("query", request, context_.omit_token ? "X-Amz-Security-Token" : "");
  }

 private:
  std::string scope() const {
    return context_.timestamp.substr(0, 8) + "/" + context_.region + "/" + context_.service + "/aws4_request";
  }

  void check(const std::string& form, const Request& request, std::string_view unsigned_parameter) {
    SCOPED_TRACE(directory_.filename().string() + ", " + form + " form");
    const std::vector<std::pair<std::string_view, std::string_view>> headers(request.headers.begin(),
                                                                             request.headers.end());
    const SignedRequest view{request.method, request.path, request.query, headers, as_bytes(request.body)};
    QueryParameters parameters;
    ASSERT_TRUE(parameters.parse(request.query));
    const std::vector<std::string> names = signed_names(request);
    std::string canonical, to_sign, signature;
    EXPECT_TRUE(append_canonical_request(view, parameters, {names.begin(), names.end()}, body_digest_,
                                         {context_.normalize, unsigned_parameter}, canonical));
    EXPECT_EQ(canonical, read(directory_ / (form + "-canonical-request.txt")));
    append_string_to_sign(context_.timestamp, scope(), sha256_.digest(as_bytes(canonical)), to_sign);
    EXPECT_EQ(to_sign, read(directory_ / (form + "-string-to-sign.txt")));
    auto key = derive_signing_key(SecretBytes::copy_of(as_bytes("AWS4" + context_.secret)),
                                  context_.timestamp.substr(0, 8), context_.region, context_.service, "aws4_request");
    append_hex(key.mac(as_bytes(to_sign)), signature);
    EXPECT_EQ(signature, read(directory_ / (form + "-signature.txt")));
  }

  std::filesystem::path directory_;
  Context context_;
  Request request_;
  crypto::Sha256 sha256_;
  crypto::Digest256 body_digest_;
};

TEST(Sigv4Vectors, EveryCaseAgreesInBothForms) {
  const auto directory = vector_directory("sigv4/v4");
  if (!directory) return;
  std::size_t cases = 0;
  for (const auto& entry : std::filesystem::directory_iterator(*directory)) {
    if (!entry.is_directory()) continue;
    Sigv4Case one(entry.path());
    one.check_header_form();
    one.check_query_form();
    ++cases;
  }
  std::cout << cases << " Signature Version 4 cases, each in two forms\n";
  EXPECT_GE(cases, 38u);
}

}  // namespace
}  // namespace claviger::iam
