// What it costs to know who asks and whether they may: Authenticator::authenticate() and decide_on_key().
#include <benchmark/benchmark.h>

#include <memory>
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
  iam::Authenticator authenticator(identity.registry, identity.sessions, identity.clock, {});
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

using policy::DocumentKind;

const AccountId& owner() {
  static const AccountId account = AccountId::parse("111122223333").value();
  return account;
}
constexpr std::string_view kUserArn = "arn:aws:iam::111122223333:user/some/path/anna";

void decide(benchmark::State& state, const std::string& json, const policy::Context* context = nullptr) {
  const auto document = policy::Document::parse(DocumentKind::kKeyPolicy, json);
  if (!document) return state.SkipWithError("policy refused");
  const policy::Principal root{
      .kind = policy::PrincipalKind::kRoot, .account = owner(), .arn = "arn:aws:iam::111122223333:root"};
  for (auto _ : state) {
    benchmark::DoNotOptimize(policy::decide_on_key({root, "kms:Encrypt", kKeyArn, context},
                                                   {.owner = owner(), .resource_policy = &*document}));
  }
}

void decide_default(benchmark::State& state) { decide(state, policy::default_key_policy("aws", owner())); }
BENCHMARK(decide_default);

// A user of the account, whom one policy of IAM allows some keys.
void decide_default_and_identity(benchmark::State& state) {
  const auto key_policy = policy::Document::parse(DocumentKind::kKeyPolicy, policy::default_key_policy("aws", owner()));
  auto identity = policy::Document::parse(DocumentKind::kIdentity, R"({"Version":"2012-10-17","Statement":[
      {"Effect":"Allow","Action":["s3:GetObject","s3:PutObject"],"Resource":"arn:aws:s3:::bucket/*"},
      {"Effect":"Allow","Action":["kms:Encrypt","kms:Decrypt","kms:GenerateDataKey*"],
       "Resource":["arn:aws:kms:*:111122223333:key/1234abcd-*","arn:aws:kms:us-east-1:111122223333:key/*"]},
      {"Effect":"Deny","Action":"kms:ScheduleKeyDeletion","Resource":"*"}]})");
  const std::vector<std::shared_ptr<const policy::Document>> documents{
      std::make_shared<const policy::Document>(*std::move(identity))};
  const policy::Principal user{.kind = policy::PrincipalKind::kUser, .account = owner(), .arn = kUserArn};
  const policy::Policies policies{.owner = owner(), .resource_policy = &*key_policy, .identity = documents};
  for (auto _ : state) {
    const policy::Decision decision = policy::decide_on_key({user, "kms:Encrypt", kKeyArn}, policies);
    if (!decision.allowed()) state.SkipWithError("refused");
    benchmark::DoNotOptimize(decision);
  }
}
BENCHMARK(decide_default_and_identity);

// `item(i)` as often as the largest policy holds it, between `head` and `tail`.
template <class Item>
std::string filled(const std::string& head, Item item, const std::string& tail) {
  std::string json = head;
  for (int i = 0; json.size() + item(i).size() + tail.size() + 1 < policy::kMaxKeyPolicyBytes; ++i) {
    json += (i == 0 ? "" : ",") + item(i);
  }
  return json + tail;
}

const std::string kHead = R"({"Version":"2012-10-17","Statement":{"Effect":"Deny","Principal":"*",)";

// Each fills the largest policy with what costs the most for its size and applies to nothing, so that all is looked at.
void decide_worst_one_pattern(benchmark::State& state) {
  std::string pattern = "arn:aws:kms:us-east-1:111122223333:key/";
  while (pattern.size() < policy::kMaxKeyPolicyBytes - 300) pattern += "*?*";
  decide(state, kHead + R"("Action":"*","Resource":")" + pattern + R"(z*"}})");
}
BENCHMARK(decide_worst_one_pattern);

void decide_worst_resources(benchmark::State& state) {
  const auto item = [](int) -> std::string { return R"("arn:*:*1*2*3*4*5*6*7*8*9*a*b*c*d*e*f*0*z*")"; };
  decide(state, filled(kHead + R"("Action":"*","Resource":[)", item, "]}}"));
}
BENCHMARK(decide_worst_resources);

void decide_worst_segments(benchmark::State& state) {
  const auto item = [](int) -> std::string { return R"("arn:*:k*?s:*-?:*?:key/*?*?*?*?z*")"; };
  decide(state, filled(kHead + R"("Action":"*","Resource":[)", item, "]}}"));
}
BENCHMARK(decide_worst_segments);

void decide_worst_short_resources(benchmark::State& state) {
  const auto item = [](int) -> std::string { return R"("arn:*z*")"; };
  decide(state, filled(kHead + R"("Action":"*","Resource":[)", item, "]}}"));
}
BENCHMARK(decide_worst_short_resources);

void decide_worst_actions(benchmark::State& state) {
  const auto item = [](int) -> std::string { return R"("kms:*e*?z*")"; };
  decide(state, filled(kHead + R"("Resource":"*","Action":[)", item, "]}}"));
}
BENCHMARK(decide_worst_actions);

void decide_worst_statements(benchmark::State& state) {
  const auto item = [](int) -> std::string {
    return R"({"Effect":"Deny","Principal":"*","Action":"*","Resource":"arn:*z*"})";
  };
  decide(state, filled(R"({"Statement":[)", item, "]}"));
}
BENCHMARK(decide_worst_statements);

// A request whose values were made for the policy.
policy::MapContext hostile_context() {
  policy::MapContext context;
  context.set("kms:EncryptionContext:a", std::string(8'000, 'a'));
  context.set_many("kms:EncryptionContextKeys", std::vector<std::string>(1'000, "aaaaaaa"));
  return context;
}

void decide_worst_condition_keys(benchmark::State& state) {
  const policy::MapContext context = hostile_context();
  const auto item = [](int i) { return "\"k:" + std::to_string(i) + "\":\"a\""; };
  decide(state, filled(kHead + R"("Resource":"*","Action":"*","Condition":{"StringNotEquals":{)", item, "}}}}"),
         &context);
}
BENCHMARK(decide_worst_condition_keys);

void decide_worst_condition_value(benchmark::State& state) {
  const policy::MapContext context = hostile_context();
  const auto item = [](int) -> std::string { return R"("*aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaz*")"; };
  const std::string head = R"("Resource":"*","Action":"*","Condition":{"StringLike":{"kms:EncryptionContext:a":[)";
  decide(state, filled(kHead + head, item, "]}}}}"), &context);
}
BENCHMARK(decide_worst_condition_value);

void decide_worst_condition_set(benchmark::State& state) {
  const policy::MapContext context = hostile_context();
  const auto item = [](int) -> std::string { return R"("*z*")"; };
  const std::string head =
      R"("Resource":"*","Action":"*","Condition":{"ForAnyValue:StringLike":{"kms:EncryptionContextKeys":[)";
  decide(state, filled(kHead + head, item, "]}}}}"), &context);
}
BENCHMARK(decide_worst_condition_set);

void decide_worst_ignoring_case(benchmark::State& state) {
  const policy::MapContext context = hostile_context();
  const auto item = [](int) -> std::string { return R"("aaaaaaB")"; };
  const std::string head = R"("Resource":"*","Action":"*","Condition":{"ForAnyValue:StringEqualsIgnoreCase":)"
                           R"({"kms:EncryptionContextKeys":[)";
  decide(state, filled(kHead + head, item, "]}}}}"), &context);
}
BENCHMARK(decide_worst_ignoring_case);

void decide_worst_numbers(benchmark::State& state) {
  policy::MapContext context;
  context.set_many("a:b", std::vector<std::string>(1'000, "1"));
  const auto item = [](int i) { return std::to_string(i % 8 + 2); };
  const std::string head = R"("Resource":"*","Action":"*","Condition":{"ForAnyValue:NumericEquals":{"a:b":[)";
  decide(state, filled(kHead + head, item, "]}}}}"), &context);
}
BENCHMARK(decide_worst_numbers);

void decide_worst_variables(benchmark::State& state) {
  const policy::MapContext context = hostile_context();
  const auto item = [](int) -> std::string { return R"("*${a:b,'a'}${a:b,'a'}${a:b,'a'}z*")"; };
  const std::string head = R"("Resource":"*","Action":"*","Condition":{"StringLike":{"kms:EncryptionContext:a":[)";
  decide(state, filled(kHead + head, item, "]}}}}"), &context);
}
BENCHMARK(decide_worst_variables);

void decide_worst_dates(benchmark::State& state) {
  policy::MapContext context;
  context.set("aws:CurrentTime", "2026-11-22T02:00:00Z");
  const auto item = [](int i) {
    return R"("DateLessThan":{"aws:CurrentTime":"1999-11-22T02:00:00Z"},"DateEquals":{"aws:CurrentTime":[)" +
           std::to_string(i) + "]}";
  };
  // An operator stands once in an object, so each statement has its own.
  const auto statement = [&item](int i) {
    return R"({"Effect":"Deny","Principal":"*","Action":"*","Resource":"*","Condition":{)" + item(i) + "}}";
  };
  decide(state, filled(R"({"Statement":[)", statement, "]}"), &context);
}
BENCHMARK(decide_worst_dates);

void parse_default(benchmark::State& state) {
  const std::string json = policy::default_key_policy("aws", owner());
  for (auto _ : state) benchmark::DoNotOptimize(policy::Document::parse(DocumentKind::kKeyPolicy, json));
}
BENCHMARK(parse_default);

}  // namespace
}  // namespace claviger

BENCHMARK_MAIN();
