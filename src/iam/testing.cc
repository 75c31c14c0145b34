#include "iam/testing.h"

#include <fmt/format.h>

#include <algorithm>
#include <future>

#include "base/testing.h"
#include "iam/canonical_request.h"
#include "iam/layout.h"
#include "iam/query_parameters.h"
#include "iam/signing_keys.h"
#include "iam/text.h"

namespace claviger::iam {

Bytes FakeSealer::seal(ByteSpan context, const SecretBytes& secret) {
  Bytes out = to_bytes(context);
  const ByteSpan bytes = insecure_expose(secret);
  out.insert(out.end(), bytes.begin(), bytes.end());
  return out;
}

Result<SecretBytes> FakeSealer::open(ByteSpan context, ByteSpan sealed) {
  if (sealed.size() < context.size() || !std::equal(context.begin(), context.end(), sealed.begin())) {
    return fail(Error::corrupt("sealed for another context"));
  }
  return SecretBytes::copy_of(sealed.subspan(context.size()));
}

Bytes FakeSessionSealer::seal(ByteSpan context, ByteSpan value) {
  Bytes out = to_bytes(context);
  out.insert(out.end(), value.begin(), value.end());
  return out;
}
Bytes FakeSessionSealer::seal(ByteSpan context, const SecretBytes& secret) {
  return seal(context, insecure_expose(secret));
}
Result<Bytes> FakeSessionSealer::open(ByteSpan context, ByteSpan sealed) {
  if (sealed.size() < context.size() || !std::equal(context.begin(), context.end(), sealed.begin())) {
    return fail(Error::corrupt("sealed for another context"));
  }
  return to_bytes(sealed.subspan(context.size()));
}
Result<SecretBytes> FakeSessionSealer::open_secret(ByteSpan context, ByteSpan sealed) {
  CLAVIGER_ASSIGN(const Bytes opened, open(context, sealed));
  return SecretBytes::copy_of(opened);
}

WallTime test_time() { return from_millis(1'769'903'400'000); }

TestIdentity::TestIdentity()
    : clock(test_time()),
      store(std::make_unique<store::MemoryStore>()),
      registry(*store, sealer, clock),
      account(AccountId::parse(kTestAccount).value()) {
  store->set_change_listener(
      [this](const auto& changes, store::Revision) { static_cast<void>(registry.apply(changes)); },
      std::string(layout::kAll));
  auto key = given_access_key(kTestKeyId, SecretBytes::copy_of(as_bytes(kTestSecret)));
  CLAVIGER_CHECK(key && registry.ensure_account(account) && registry.put_root(account, *key));
}

Status TestIdentity::commit(const store::Commit& planned) {
  std::promise<Status> done;
  store->commit(planned, [&](Result<store::Revision> revision) {
    done.set_value(revision ? Status() : Status(fail(std::move(revision).error())));
  });
  return done.get_future().get();
}

std::string test_policy(std::string_view sid, std::string_view effect) {
  return fmt::format(
      R"({{"Version":"2012-10-17","Statement":[{{"Sid":"{}","Effect":"{}","Action":"kms:*","Resource":"*"}}]}})", sid,
      effect);
}

std::string test_trust_policy() {
  return fmt::format(R"({{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"{}"}},)"
                     R"("Action":"sts:AssumeRole"}}]}})",
                     kTestAccount);
}

std::string* TestRequest::header(std::string_view name) {
  for (auto& [header, value] : headers) {
    if (equals_ignoring_case(header, name)) return &value;
  }
  return nullptr;
}

void TestRequest::remove(std::string_view name) {
  std::erase_if(headers, [name](const auto& header) { return equals_ignoring_case(header.first, name); });
}

std::string TestSigner::credential() const {
  return key_id + "/" + date + "/" + region + "/" + service + "/" + terminator;
}

std::string TestSigner::signature(const TestRequest& request, const std::vector<std::string>& names) const {
  QueryParameters parameters;
  CLAVIGER_CHECK(parameters.parse(request.query));
  crypto::Sha256 sha256;
  std::string canonical, to_sign, result;
  const std::vector<std::string_view> views(names.begin(), names.end());
  request.with_view([&](const SignedRequest& view) {
    return append_canonical_request(view, parameters, views, sha256.digest(view.body), {}, canonical);
  });
  append_string_to_sign(timestamp, credential().substr(key_id.size() + 1), sha256.digest(as_bytes(canonical)), to_sign);
  auto key = derive_signing_key(SecretBytes::copy_of(as_bytes("AWS4" + secret)), date, region, service, terminator);
  append_hex(key.mac(as_bytes(to_sign)), result);
  return result;
}

namespace {

std::vector<std::string> lower_names(const TestRequest& request) {
  std::vector<std::string> names;
  for (const auto& [name, value] : request.headers) {
    std::string lower;
    std::transform(name.begin(), name.end(), std::back_inserter(lower), to_lower);
    names.push_back(lower);
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

std::string joined(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) out.append(out.empty() ? "" : ";").append(name);
  return out;
}

}  // namespace

void TestSigner::sign_header(TestRequest& request) const {
  if (!request.header("x-amz-date") && !request.header("date")) request.headers.emplace_back("X-Amz-Date", timestamp);
  const auto names = signed_headers.empty() ? lower_names(request) : signed_headers;
  const std::string value = algorithm + " Credential=" + credential() + ", SignedHeaders=" + joined(names) +
                            ", Signature=" + signature(request, names);
  request.headers.emplace_back("Authorization", value);
}

void TestSigner::sign_query(TestRequest& request, std::string_view expires, std::string_view extra) const {
  const auto names = signed_headers.empty() ? lower_names(request) : signed_headers;
  std::string& query = request.query;
  if (!query.empty()) query += '&';
  query.append("X-Amz-Algorithm=").append(algorithm).append("&X-Amz-Credential=");
  append_uri_encoded(credential(), false, query);
  query.append("&X-Amz-Date=").append(timestamp).append("&X-Amz-Expires=").append(expires);
  query.append("&X-Amz-SignedHeaders=");
  append_uri_encoded(joined(names), false, query);
  query.append(extra);
  query.append("&X-Amz-Signature=").append(signature(request, names));
}

TestSigner test_signer() {
  TestSigner signer;
  signer.date = "20260131";
  signer.timestamp = "20260131T235000Z";
  return signer;
}

TestRequest test_request() {
  TestRequest request;
  request.headers = {{"Host", "127.0.0.1:4599"},
                     {"X-Amz-Target", "TrentService.Encrypt"},
                     {"Content-Type", "application/x-amz-json-1.1"}};
  request.body = R"({"KeyId":"alias/a","Plaintext":"aGVsbG8="})";
  return request;
}

}  // namespace claviger::iam
