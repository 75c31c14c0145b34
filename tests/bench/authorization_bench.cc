// What it costs to know who asks and whether they may: Authenticator::authenticate() and decide_on_key().
#include <benchmark/benchmark.h>
#include <fmt/format.h>

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

void decide(benchmark::State& state, const std::string& json) {
  const auto document = policy::Document::parse(DocumentKind::kKeyPolicy, json);
  if (!document) return state.SkipWithError("policy refused");
  const policy::Principal root{
      .kind = policy::PrincipalKind::kRoot, .account = owner(), .arn = "arn:aws:iam::111122223333:root"};
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        policy::decide_on_key({root, "kms:Encrypt", kKeyArn}, {.owner = owner(), .resource_policy = &*document}));
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

// A request whose values were made for the policy.
policy::MapContext hostile_context() {
  policy::MapContext context;
  context.set("k:long", std::string(8'000, 'a'));
  context.set("k:half", std::string(3'999, 'a'));
  context.set("k:arn", "arn:aws:s3:::" + std::string(7'987, 'a'));
  context.set("k:base64", std::string(8'000, 'A'));
  context.set("k:time", "2026-11-22T02:00:00Z");
  context.set_many("k:names", std::vector<std::string>(1'000, "aaaaaaa"));
  context.set_many("k:numbers", std::vector<std::string>(1'000, "1"));
  context.set_many("k:times", std::vector<std::string>(190, "2026-11-22T02:00:00.123456789+00:00"));
  context.set_many("k:addresses", std::vector<std::string>(200, "2001:db8:1111:2222:3333:4444:5555:6666"));
  return context;
}

const std::string kHead = R"({"Version":"2012-10-17","Statement":{"Effect":"Deny","Principal":"*",)";

// Each fills the largest policy with what costs the most for its size, and looks at as much of it as it can.
struct Attack {
  const char* name;
  std::string policy;
  std::string resource = std::string(kKeyArn);
};

// A list of patterns in an otherwise harmless statement.
std::string of_element(const std::string& other, const std::string& element, const std::string& pattern) {
  const auto item = [&](int) { return '"' + pattern + '"'; };
  return filled(kHead + other + ",\"" + element + "\":[", item, "]}}");
}
// A list of values of one condition.
std::string of_condition(const std::string& operation, const std::string& key, const std::string& value) {
  const auto item = [&](int) { return '"' + value + '"'; };
  const std::string head = R"("Resource":"*","Action":"*","Condition":{")" + operation + "\":{\"" + key + "\":[";
  return filled(kHead + head, item, "]}}}}");
}
// As many statements as fit, each with these conditions.
std::string of_statements(const std::string& conditions) {
  const auto item = [&](int) {
    return R"({"Effect":"Deny","Principal":"*","Action":"*","Resource":"*","Condition":{)" + conditions + "}}";
  };
  return filled(R"({"Version":"2012-10-17","Statement":[)", item, "]}");
}
std::string repeated(const std::string& text, std::size_t bytes) {
  std::string result;
  while (result.size() + text.size() <= bytes) result += text;
  return result;
}

std::vector<Attack> attacks_by_patterns() {
  const std::string any_action = R"("Action":"*")", any_resource = R"("Resource":"*")";
  const std::string path = "arn:aws:iam::111122223333:user/" + repeated("path/to/", 512) + std::string(64, 'u');
  const auto statement = [](int) -> std::string {
    return R"({"Effect":"Deny","Principal":"*","Action":"*","Resource":"arn:*z*"})";
  };
  const auto user = [](int i) { return fmt::format(R"("arn:aws:iam::111122223333:user/some/path/{:04}")", i); };
  const std::string users = R"({"Statement":{"Effect":"Deny","Action":"*","Resource":"*",")";
  return {
      {"one_pattern", kHead + any_action + R"(,"Resource":"arn:)" + repeated("*?", 32'000) + R"(z*"}})"},
      {"one_pattern_of_runs",
       kHead + any_action + R"(,"Resource":"arn:aws:kms:us-east-1:1*3:key/)" + repeated("*a", 100) + R"(z*"}})"},
      {"resources", of_element(any_action, "Resource", "arn:*:*1*2*3*4*5*6*7*8*9*a*b*c*d*e*f*0*z*")},
      {"segments", of_element(any_action, "Resource", "arn:*:kms:*-?:*?:k?y/*?*?*?*?z*")},
      {"short_resources", of_element(any_action, "Resource", "arn:*z*")},
      {"resources_of_a_long_one", of_element(any_action, "Resource", "arn:*:*p*a*t*h*?*t*o*/*p*a*t*h*/*t*z*"), path},
      {"resource_variables", of_element(any_action, "Resource", "arn:*:kms:*:*:*${k:none,'a'}z")},
      {"variables_of_nothing",
       kHead + any_action + R"(,"Resource":"arn:*:kms:*:*:)" + repeated("${k:n,''}", 32'000) + R"(z"}})"},
      {"actions", of_element(any_resource, "Action", "kms:*e*?z*")},
      {"statements", filled(R"({"Statement":[)", statement, "]}")},
      {"principals", filled(users + R"(Principal":{"AWS":[)", user, "]}}}")},
      {"not_principals", filled(users + R"(NotPrincipal":{"AWS":[)", user, "]}}}")},
  };
}

std::vector<Attack> attacks_by_conditions() {
  const auto absent = [](int i) { return fmt::format(R"("k:{}":"a")", i); };
  const std::string any = R"("Resource":"*","Action":"*","Condition":{)";
  return {
      {"absent_keys", filled(kHead + any + R"("StringNotEquals":{)", absent, "}}}}")},
      {"long_value", of_condition("StringLike", "k:long", "*" + std::string(40, 'a') + "z*")},
      {"long_value_short_pattern", of_condition("StringLike", "k:long", "*?z*")},
      {"long_arn", of_condition("ArnLike", "k:arn", "arn:*:*:*:*:*" + std::string(40, 'a') + "z*")},
      {"many_values_like", of_condition("ForAnyValue:StringLike", "k:names", "*z*")},
      {"many_values_equal", of_condition("ForAnyValue:StringEquals", "k:names", "aaaaaab")},
      {"many_values_ignoring_case", of_condition("ForAnyValue:StringEqualsIgnoreCase", "k:names", "aaaaaaB")},
      {"many_values_of_another_size", of_condition("ForAnyValue:StringEqualsIgnoreCase", "k:names", "a")},
      {"many_numbers", of_condition("ForAnyValue:NumericEquals", "k:numbers", "2")},
      {"many_times_late",
       of_statements(R"("ForAllValues:DateLessThan":{"k:times":"2999-11-22"},"Null":{"k:times":"true"})")},
      {"many_addresses_late",
       of_statements(R"("ForAllValues:IpAddress":{"k:addresses":"2001:db8::/32"},"Null":{"k:times":"true"})")},
      {"times_late", of_statements(R"("DateLessThan":{"k:time":"2999-11-22T02:00:00Z"},"DateEquals":{"k:time":"1"})")},
      {"binary_late", of_statements(R"("BinaryEquals":{"k:base64":"AAAA"})")},
      {"variables", of_condition("StringLike", "k:long", "*${k:n,'a'}${k:n,'a'}${k:n,'a'}z*")},
      {"long_variables", of_condition("StringLike", "k:long", "?${k:half}${k:half}z")},
      {"too_long_variables", of_condition("StringEquals", "k:half", "${k:long}")},
      {"many_values_variables", of_condition("ForAnyValue:StringEquals", "k:names", "${k:n,'z'}")},
      {"many_values_arns", of_condition("ForAnyValue:ArnLike", "k:names", "arn:*:*:*:*:*")},
  };
}

// A user with as many policies as IAM lets it have: far more than 32 KB.
void decide_many_policies(benchmark::State& state) {
  const auto key_policy = policy::Document::parse(DocumentKind::kKeyPolicy, policy::default_key_policy("aws", owner()));
  std::string json = R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":[)";
  while (json.size() < 6'100) json += R"("arn:*:*1*2*3*4*5*6*7*8*9*a*b*c*d*e*f*0*z*",)";
  json += R"("arn:aws:s3:::bucket"]}]})";
  const std::vector<std::shared_ptr<const policy::Document>> documents(
      120, std::make_shared<const policy::Document>(*policy::Document::parse(DocumentKind::kIdentity, json)));
  const policy::Principal user{.kind = policy::PrincipalKind::kUser, .account = owner(), .arn = kUserArn};
  const policy::Policies policies{.owner = owner(), .resource_policy = &*key_policy, .identity = documents};
  for (auto _ : state) benchmark::DoNotOptimize(policy::decide_on_key({user, "kms:Encrypt", kKeyArn}, policies));
}
BENCHMARK(decide_many_policies);

void attack(benchmark::State& state, const Attack& attack) {
  const auto document = policy::Document::parse(DocumentKind::kKeyPolicy, attack.policy);
  if (!document) return state.SkipWithError("policy refused");
  const policy::MapContext context = hostile_context();
  const policy::Principal user{.kind = policy::PrincipalKind::kUser, .account = owner(), .arn = kUserArn};
  const policy::Question question{user, "kms:Encrypt", attack.resource, &context};
  const policy::Policies policies{.owner = owner(), .resource_policy = &*document};
  if (policy::decide_on_key(question, policies).reason == policy::Reason::kNotDecidable) {
    state.SetLabel("refused: too much work");
  }
  for (auto _ : state) benchmark::DoNotOptimize(policy::decide_on_key(question, policies));
}

void register_attacks() {
  for (const auto& attacks : {attacks_by_patterns(), attacks_by_conditions()}) {
    for (const Attack& one : attacks) {
      benchmark::RegisterBenchmark((std::string("attack/") + one.name).c_str(),
                                   [one](benchmark::State& state) { attack(state, one); });
    }
  }
}

void parse_default(benchmark::State& state) {
  const std::string json = policy::default_key_policy("aws", owner());
  for (auto _ : state) benchmark::DoNotOptimize(policy::Document::parse(DocumentKind::kKeyPolicy, json));
}
BENCHMARK(parse_default);

}  // namespace

void register_all() { register_attacks(); }

}  // namespace claviger

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  claviger::register_all();
  benchmark::RunSpecifiedBenchmarks();
}
