// What it costs to know who asks and whether they may: Authenticator::authenticate() and decide_on_key().
#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "iam/authenticator.h"
#include "iam/testing.h"
#include "policy/decision.h"
#include "policy/key_policy.h"

namespace claviger {
namespace {

// An Encrypt as boto3 sends it: five signed headers out of eight, a context of two pairs in the body.
void authenticate(benchmark::State& state) {
  iam::TestIdentity identity;
  iam::Authenticator authenticator(identity.credentials, identity.clock, {});
  iam::TestRequest request = iam::test_request();
  request.headers.emplace_back("User-Agent", "Boto3/1.40 md/Botocore#1.40 ua/2.1 os/linux lang/python#3.11");
  request.headers.emplace_back("Accept-Encoding", "identity");
  request.headers.emplace_back("Content-Length", "160");
  request.body = R"({"KeyId":"1234abcd-12ab-34cd-56ef-1234567890ab","Plaintext":"aGVsbG8gd29ybGQ=",)"
                 R"("EncryptionContext":{"purpose":"bench","tenant":"a-rather-long-name"}})";
  iam::TestSigner signer = iam::test_signer();
  signer.signed_headers = {"content-type", "host", "x-amz-date", "x-amz-target"};
  signer.sign_header(request);
  request.with_view([&](const iam::SignedRequest& view) {
    for (auto _ : state) {
      auto result = authenticator.authenticate(view);
      if (!result) state.SkipWithError("refused");
      benchmark::DoNotOptimize(result);
    }
  });
}
BENCHMARK(authenticate);

constexpr std::string_view kKeyArn = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";

void decide(benchmark::State& state, const std::string& json) {
  const AccountId owner = *AccountId::parse("111122223333");
  const auto document = policy::Document::parse(policy::DocumentKind::kKeyPolicy, json);
  if (!document) return state.SkipWithError("policy refused");
  const policy::Principal root{policy::PrincipalKind::kRoot, owner, "arn:aws:iam::111122223333:root", {}};
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        policy::decide_on_key({root, "kms:Encrypt", kKeyArn}, {.owner = owner, .resource_policy = &*document}));
  }
}

void decide_default(benchmark::State& state) {
  decide(state, policy::default_key_policy("aws", *AccountId::parse("111122223333")));
}
BENCHMARK(decide_default);

// One resource pattern that fills the largest policy and fails at its very end.
void decide_worst(benchmark::State& state) {
  std::string pattern = "arn:aws:kms:us-east-1:111122223333:key/";
  while (pattern.size() < policy::kMaxKeyPolicyBytes - 200) pattern += "*";
  decide(state, R"({"Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":")" + pattern + R"(z"}})");
}
BENCHMARK(decide_worst);

void parse_default(benchmark::State& state) {
  const std::string json = policy::default_key_policy("aws", *AccountId::parse("111122223333"));
  for (auto _ : state) benchmark::DoNotOptimize(policy::Document::parse(policy::DocumentKind::kKeyPolicy, json));
}
BENCHMARK(parse_default);

}  // namespace
}  // namespace claviger

BENCHMARK_MAIN();
