// For tests only: a signer, and credentials to sign with.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "iam/credentials.h"
#include "iam/signed_request.h"
#include "store/memory_store.h"

namespace claviger::iam {

// Seals by prefixing the context, and opens only with the same one. No secrecy.
class FakeSealer final : public CredentialSealer {
 public:
  Bytes seal(ByteSpan context, const SecretBytes& secret) override;
  Result<SecretBytes> open(ByteSpan context, ByteSpan sealed) override;
};

class CountingRandom final : public RandomSource {
 public:
  void fill(MutableByteSpan out) override {
    for (std::uint8_t& byte : out) byte = next_++;
  }

 private:
  std::uint8_t next_ = 0;
};

inline constexpr std::string_view kTestAccount = "111122223333";
inline constexpr std::string_view kTestKeyId = "AKIAIOSFODNN7EXAMPLE";
inline constexpr std::string_view kTestSecret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

// 2026-01-31T23:50:00Z.
WallTime test_time();

// Credentials that hold kTestKeyId, and everything they stand on.
struct TestIdentity {
  TestIdentity();
  ManualClock clock;
  std::unique_ptr<store::Store> store;
  FakeSealer sealer;
  Credentials credentials;
};

// A request that owns its texts, so that tests can change them.
struct TestRequest {
  std::string method = "POST", path = "/", query;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;

  std::string* header(std::string_view name);  // nullptr when there is none
  void remove(std::string_view name);
  template <class Use>
  auto with_view(Use use) const {
    std::vector<std::pair<std::string_view, std::string_view>> views(headers.begin(), headers.end());
    return use(SignedRequest{method, path, query, views, as_bytes(body)});
  }
};

struct TestSigner {
  std::string key_id{kTestKeyId}, secret{kTestSecret};
  std::string date, region = "us-east-1", service = "kms", terminator = "aws4_request";
  std::string timestamp;
  std::vector<std::string> signed_headers;  // empty: every header of the request
  std::string algorithm = "AWS4-HMAC-SHA256";

  std::string credential() const;
  std::string signature(const TestRequest& request, const std::vector<std::string>& names) const;
  // Adds an Authorization header. Adds x-amz-date before, unless the request has a date.
  void sign_header(TestRequest& request) const;
  // Adds the X-Amz-* parameters to the query.
  void sign_query(TestRequest& request, std::string_view expires = "300", std::string_view extra = {}) const;
};

// For test_time().
TestSigner test_signer();
// An Encrypt as an SDK sends it, unsigned.
TestRequest test_request();

}  // namespace claviger::iam
