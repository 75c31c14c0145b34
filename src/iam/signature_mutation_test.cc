// A correctly signed request, changed in every way that an attacker on the wire could try: none is accepted.
#include <gtest/gtest.h>

#include <functional>
#include <iostream>

#include "iam/authenticator.h"
#include "iam/testing.h"

namespace claviger::iam {
namespace {

struct Mutant {
  std::string name;
  TestRequest request;
};

class Mutants {
 public:
  explicit Mutants(TestRequest original) : original_(std::move(original)) {}
  void add(std::string name, const std::function<void(TestRequest&)>& change) {
    TestRequest changed = original_;
    change(changed);
    all_.push_back({std::move(name), std::move(changed)});
  }
  const TestRequest& original() const { return original_; }
  const std::vector<Mutant>& all() const { return all_; }

 private:
  TestRequest original_;
  std::vector<Mutant> all_;
};

void replace(std::string& text, std::string_view from, std::string_view to) {
  const std::size_t at = text.find(from);
  CLAVIGER_CHECK(at != std::string::npos);
  text.replace(at, from.size(), to);
}

// Every character of the value that holds the credentials, changed to another of its kind.
void flip_each(Mutants& mutants, std::string_view what, const std::function<std::string&(TestRequest&)>& where) {
  TestRequest original = mutants.original();
  const std::string text = where(original);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == ' ') continue;  // white space between parameters is not part of any of them
    mutants.add(std::string(what) + " flipped at " + std::to_string(i), [&](TestRequest& r) {
      char& c = where(r)[i];
      c = static_cast<char>(c ^ 1);
    });
  }
}

void change_each_header(Mutants& mutants) {
  const TestRequest original = mutants.original();
  for (std::size_t i = 0; i < original.headers.size(); ++i) {
    const std::string name = original.headers[i].first;
    mutants.add(name + " removed", [i](TestRequest& r) { r.headers.erase(r.headers.begin() + static_cast<long>(i)); });
    mutants.add(name + " doubled", [i](TestRequest& r) { r.headers.push_back(r.headers[i]); });
    mutants.add(name + " emptied", [i](TestRequest& r) { r.headers[i].second.clear(); });
    mutants.add(name + " extended", [i](TestRequest& r) { r.headers[i].second += "x"; });
    mutants.add(name + " cut", [i](TestRequest& r) { r.headers[i].second.pop_back(); });
    mutants.add(name + " in capitals", [i](TestRequest& r) {
      for (char& c : r.headers[i].second) c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 32 : c);
      if (r.headers[i].second == "127.0.0.1:4599" || r.headers[i].first == "X-Amz-Date") r.headers[i].second += "Z";
    });
    mutants.add(name + " renamed", [i](TestRequest& r) { r.headers[i].first += "-x"; });
    for (std::size_t j = 0; j < i; ++j) {
      mutants.add(name + " swapped with " + original.headers[j].first,
                  [i, j](TestRequest& r) { std::swap(r.headers[i].second, r.headers[j].second); });
    }
  }
}

void change_the_request(Mutants& mutants) {
  for (const char* target : {"TrentService.Decrypt", "TrentService.ScheduleKeyDeletion", "TrentService.encrypt",
                             "TrentService.Encrypt2", "Trent", ""}) {
    mutants.add(std::string("target ") + target, [&](TestRequest& r) { *r.header("x-amz-target") = target; });
  }
  for (const char* method : {"GET", "PUT", "post", ""}) {
    mutants.add(std::string("method ") + method, [&](TestRequest& r) { r.method = method; });
  }
  for (const char* path : {"/x", "//x", "/%2F", "/.%2e", "*"}) {
    mutants.add(std::string("path ") + path, [&](TestRequest& r) { r.path = path; });
  }
  for (const char* query : {"a", "a=b", "=", "%"}) {
    mutants.add(std::string("query ") + query, [&](TestRequest& r) { r.query += std::string("&") + query; });
  }
  mutants.add("body emptied", [](TestRequest& r) { r.body.clear(); });
  for (std::size_t i = 0; i < mutants.original().body.size(); ++i) {
    mutants.add("body byte " + std::to_string(i),
                [i](TestRequest& r) { r.body[i] = static_cast<char>(r.body[i] ^ 4); });
  }
  for (const char* name : {"X-Amz-Meta", "x-amz-security-token", "X-AMZ-USER-AGENT", "x-amz-"}) {
    mutants.add(std::string("unsigned ") + name, [&](TestRequest& r) { r.headers.emplace_back(name, "1"); });
  }
}

std::string& authorization(TestRequest& r) { return *r.header("authorization"); }

void change_the_authorization(Mutants& mutants) {
  const auto edit = [&](std::string_view from, std::string_view to) {
    mutants.add("'" + std::string(from) + "' to '" + std::string(to) + "'",
                [=](TestRequest& r) { replace(authorization(r), from, to); });
  };
  for (const char* scheme : {"AWS4-HMAC-SHA1", "AWS4-HMAC-SHA512", "AWS4-ECDSA-P256-SHA256", "aws4-hmac-sha256", "AWS",
                             "Basic", "Bearer", "", "AWS4-HMAC-SHA256,"}) {
    edit("AWS4-HMAC-SHA256", scheme);
  }
  for (const char* part : {"Credential=", "SignedHeaders=", "Signature="}) {
    edit(part, "");
    edit(part, "x=");
    edit(part, std::string(part) + " ");
    edit(part, std::string(part) + "a, " + part);
    edit(part, std::string(part).substr(0, std::string_view(part).size() - 1));
  }
  for (const char* scope : {"/20260131/us-east-1/kms", "/20260131/us-east-1/aws4_request", "", "/", "////",
                            "/20260201/us-east-1/kms/aws4_request", "/20260131/us-west-2/kms/aws4_request",
                            "/20260131/us-east-1/sts/aws4_request", "/20260131/us-east-1/kms/aws4_request/x",
                            "/20260131//kms/aws4_request", "/20260131/us-east-1/kms/aws4_REQUEST"}) {
    edit("/20260131/us-east-1/kms/aws4_request", scope);
  }
  for (const char* list :
       {"", "host", "Host;Content-Type;X-Amz-Date;X-Amz-Target",
        "host;content-type;x-amz-date;"
        "x-amz-target",
        "content-type;host;host;x-amz-date;x-amz-target", "content-type;host;x-amz-date;x-amz-target;",
        ";content-type;host;x-amz-date;x-amz-target", "content-type;host;x-amz-date;x-amz-target;x-zebra",
        "host;x-amz-date;x-amz-target", "content-type;host;x-amz-target", "content-type;host;x-amz-date",
        "content-type;x-amz-date;x-amz-target", "content-type:host:x-amz-date:x-amz-target"}) {
    edit("content-type;host;x-amz-date;x-amz-target", list);
  }
  for (const char* date : {"20260131T235001Z", "20260131T234959Z", "20260201T000000Z", "20260130T235000Z",
                           "20260131T235000", "2026-01-31T23:50:00Z", "20260131t235000z", "20260131T236000Z", "0"}) {
    mutants.add(std::string("date ") + date, [&](TestRequest& r) { *r.header("x-amz-date") = date; });
  }
  mutants.add("signature in capitals", [](TestRequest& r) {
    std::string& text = authorization(r);
    for (std::size_t i = text.find("Signature=") + 10; i < text.size(); ++i)
      text[i] = static_cast<char>(toupper(text[i]));
  });
  mutants.add("signature of nothing", [](TestRequest& r) {
    std::string& text = authorization(r);
    text.resize(text.find("Signature=") + 10);
  });
}

void refuse_all(const Mutants& mutants, std::size_t at_least) {
  TestIdentity identity;
  // One that never saw the right request, and one that has its derived key.
  Authenticator cold(identity.registry, identity.sessions, identity.clock, {}),
      warm(identity.registry, identity.sessions, identity.clock, {});
  const auto accepts = [](Authenticator& authenticator, const TestRequest& request) {
    return request.with_view([&](const SignedRequest& v) { return authenticator.authenticate(v).has_value(); });
  };
  ASSERT_TRUE(accepts(warm, mutants.original()));
  for (const Mutant& mutant : mutants.all()) {
    EXPECT_FALSE(accepts(cold, mutant.request)) << mutant.name;
    EXPECT_FALSE(accepts(warm, mutant.request)) << mutant.name;
  }
  ASSERT_TRUE(accepts(warm, mutants.original()));
  ASSERT_TRUE(accepts(cold, mutants.original()));
  std::cout << mutants.all().size() << " mutated requests, none accepted\n";
  EXPECT_GE(mutants.all().size(), at_least);
}

TEST(SignatureMutation, NoChangeToAHeaderSignedRequestIsAccepted) {
  TestRequest request = test_request();
  test_signer().sign_header(request);
  Mutants mutants(request);
  change_each_header(mutants);
  change_the_request(mutants);
  change_the_authorization(mutants);
  flip_each(mutants, "Authorization", authorization);
  flip_each(mutants, "X-Amz-Date", [](TestRequest& r) -> std::string& { return *r.header("x-amz-date"); });
  flip_each(mutants, "X-Amz-Target", [](TestRequest& r) -> std::string& { return *r.header("x-amz-target"); });
  TestRequest in_query = test_request();
  test_signer().sign_query(in_query);
  mutants.add("credentials of the query too", [&](TestRequest& r) { r.query = in_query.query; });
  refuse_all(mutants, 300);
}

TEST(SignatureMutation, NoChangeToAQuerySignedRequestIsAccepted) {
  TestRequest request = test_request();
  test_signer().sign_query(request);
  Mutants mutants(request);
  change_each_header(mutants);
  change_the_request(mutants);
  flip_each(mutants, "query", [](TestRequest& r) -> std::string& { return r.query; });
  TestRequest in_header = test_request();
  test_signer().sign_header(in_header);
  mutants.add("credentials of the header too",
              [&](TestRequest& r) { r.headers.emplace_back("Authorization", *in_header.header("authorization")); });
  for (const char* name : {"Algorithm", "Credential", "Date", "Expires", "SignedHeaders", "Signature"}) {
    const std::string parameter = std::string("X-Amz-") + name;
    mutants.add(parameter + " renamed", [&](TestRequest& r) { replace(r.query, parameter, "x-amz-x"); });
    mutants.add(parameter + " doubled", [&](TestRequest& r) {
      const std::size_t at = r.query.find(parameter);
      r.query += "&" + r.query.substr(at, r.query.find('&', at) - at);
    });
  }
  refuse_all(mutants, 300);
}

}  // namespace
}  // namespace claviger::iam
