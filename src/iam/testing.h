// For tests only: a signer, and credentials to sign with.
#pragma once

#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "iam/plan.h"
#include "iam/registry.h"
#include "iam/session_tokens.h"
#include "iam/signed_request.h"
#include "store/memory_store.h"

namespace claviger::iam {

// Seals by prefixing the context, and opens only with the same one. No secrecy.
class FakeSealer final : public CredentialSealer {
 public:
  Bytes seal(ByteSpan context, const SecretBytes& secret) override;
  Result<SecretBytes> open(ByteSpan context, ByteSpan sealed) override;
};

// The same for session tokens.
class FakeSessionSealer final : public SessionSealer {
 public:
  Bytes seal(ByteSpan context, ByteSpan value) override;
  Bytes seal(ByteSpan context, const SecretBytes& secret) override;
  Result<Bytes> open(ByteSpan context, ByteSpan sealed) override;
  Result<SecretBytes> open_secret(ByteSpan context, ByteSpan sealed) override;
};

class CountingRandom final : public RandomSource {
 public:
  void fill(MutableByteSpan out) override {
    for (std::uint8_t& byte : out) byte = next_++;
  }

 private:
  std::uint8_t next_ = 0;
};

// The same bytes in every run, and never the same identifier twice.
class RepeatableRandom final : public RandomSource {
 public:
  void fill(MutableByteSpan out) override {
    for (std::uint8_t& byte : out) byte = static_cast<std::uint8_t>(engine_());
  }

 private:
  std::mt19937_64 engine_{1};
};

inline constexpr std::string_view kTestAccount = "111122223333";
inline const AccountId kAccount = *AccountId::parse(kTestAccount);
inline constexpr std::string_view kTestKeyId = "AKIAIOSFODNN7EXAMPLE";
inline constexpr std::string_view kTestSecret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

// 2026-01-31T23:50:00Z.
WallTime test_time();

// A registry that holds kTestKeyId, and everything it stands on. It hears of every commit, as in the server.
struct TestIdentity {
  TestIdentity();
  ManualClock clock;
  FakeSealer sealer;
  FakeSessionSealer session_sealer;
  const SessionTokens sessions{session_sealer};
  std::unique_ptr<store::Store> store;
  Registry registry;
  RepeatableRandom random;
  Quotas quotas;
  const AccountId account;

  // Plans with `rule`, which takes a RuleContext, and commits what comes of it; kConflict and kLimitExceeded are the
  // store's. The commit is in force when this returns.
  template <class Rule>
  Status run(Rule rule) {
    const auto snapshot = registry.snapshot();
    auto planned = rule(RuleContext{*snapshot, clock.now(), random, quotas});
    if (!planned) return fail(std::move(planned).error());
    return commit(commit_of(*planned));
  }
  Status commit(const store::Commit& planned);

 private:
  static const store::Commit& commit_of(const store::Commit& commit) { return commit; }
  template <class Planned>
  static const store::Commit& commit_of(const Planned& planned) {
    return planned.commit;
  }
};

// Allows kms:* on everything; another text for each `sid`.
std::string test_policy(std::string_view sid = "s", std::string_view effect = "Allow");
// Trusts the account of the tests.
std::string test_trust_policy();

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
  std::string token;  // of a session, for who builds the request

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
