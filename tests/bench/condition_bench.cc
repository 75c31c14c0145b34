// What conditions cost: a decision with all that a request can tell, over policies that ask nothing, something, and as
// much as fits into a policy.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <memory>
#include <string>
#include <vector>

#include "policy/decision.h"
#include "policy/key_policy.h"
#include "server/action_table.h"
#include "server/request_context.h"

namespace claviger {
namespace {

// An Encrypt with this context, by the root, on a key with these tags.
struct Request {
  explicit Request(const std::string& pairs, std::vector<keys::Tag> tags = {}) {
    const std::string body = R"({"KeyId":"1234abcd-12ab-34cd-56ef-1234567890ab","Plaintext":"AA==",)"
                             R"("EncryptionContext":{)" +
                             pairs + "}}";
    auto decoded = actions.find(Service::kKms, "Encrypt").action->decode(decoder, {}, as_bytes(body));
    if (!decoded) return;
    call = *std::move(decoded);
    auto key = std::make_shared<api::KeySnapshot>();
    key->record = {.scope = scope, .id = *KeyId::parse("1234abcd-12ab-34cd-56ef-1234567890ab")};
    key->record.tags = std::move(tags);
    key->arn = key->record.arn();
    resolved.push_back({.target = call->targets()->view()[0], .key = key, .alias = nullptr, .alias_arn = {}});
  }

  const Scope scope{*AccountId::parse("111122223333"), *Region::parse("us-east-1")};
  const iam::Caller caller = iam::root_caller("aws", scope.account, "AKIAIOSFODNN7EXAMPLE");
  const http::Request request;
  const SystemClock clock;
  const server::ActionTable actions;
  wire::RequestDecoder decoder;
  std::unique_ptr<api::Call> call;
  std::vector<server::Resolved> resolved;
};

void decide(benchmark::State& state, const Request& request, const std::string& json) {
  if (request.call == nullptr) return state.SkipWithError("request refused");
  const auto document = policy::Document::parse(policy::DocumentKind::kKeyPolicy, json);
  if (!document) return state.SkipWithError("policy refused");
  const server::RequestFacts facts{request.caller, request.scope, request.request, request.clock, request.call.get()};
  const policy::Policies policies{.owner = request.scope.account, .resource_policy = &*document};
  bool undecided = false;
  for (auto _ : state) {
    const server::RequestContext context(facts, request.resolved, 0);
    const policy::Decision decision = policy::decide_on_key(
        {request.caller.principal(), "kms:Encrypt", request.resolved[0].key->arn, &context}, policies);
    undecided = decision.reason == policy::Reason::kNotDecidable;
    benchmark::DoNotOptimize(decision);
  }
  if (undecided) state.SetLabel("refused: too much work");
}

// `item(i)` for i = 0, 1, ..., separated by commas, as many as fit into `bytes`.
template <class Item>
std::string listed(std::size_t bytes, Item item) {
  std::string list;
  for (int i = 0; list.size() + item(i).size() + 1 < bytes; ++i) list += (i > 0 ? "," : "") + item(i);
  return list;
}

// Of a context of 580 pairs, which is as many as it can have.
std::string many_pairs() {
  return listed(6'300, [](int i) { return fmt::format(R"("k{}":"v")", i); });
}

void decide_default(benchmark::State& state) {
  const Request request(R"("k0":"v","k1":"v")");
  decide(state, request, policy::default_key_policy("aws", request.scope.account));
}
BENCHMARK(decide_default);

void decide_by_context(benchmark::State& state) {
  decide(state, Request(R"("k0":"v","k1":"v")"),
         R"({"Statement":{"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*",)"
         R"("Condition":{"StringEquals":{"kms:EncryptionContext:k1":"v"}}}})");
}
BENCHMARK(decide_by_context);

// The largest policies, with requests that were made for them; each looks at as much of its policy as it can.
struct Attack {
  const char* name;
  std::string pairs;
  std::string policy;
  std::vector<keys::Tag> tags = {};
};

constexpr std::size_t kFill = policy::kMaxKeyPolicyBytes - 300;

// One condition operator with these keys, or with these values for one key.
std::string of_keys(const std::string& operation, const std::string& keys) {
  return R"({"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*",)"
         R"("Condition":{")" +
         operation + "\":{" + keys +
         R"(}}},{"Effect":"Allow","Principal":"*","Action":"*",)"
         R"("Resource":"*"},{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}]})";
}
std::string of_values(const std::string& operation, const std::string& key, const std::string& value) {
  return of_keys(operation, "\"" + key + "\":[" + listed(kFill, [&](int) { return '"' + value + '"'; }) + "]");
}

// Every condition asks for another pair of a context as large as a request can have; the last of each statement fails.
std::string pair_by_pair() {
  const auto statement = [](int i) {
    std::string keys;
    for (int j = 0; j < 5; ++j) {
      keys += fmt::format(R"({}"kms:EncryptionContext:k{}":"{}")", j > 0 ? "," : "", 5 * i + j, j < 4 ? "v" : "x");
    }
    return R"({"Effect":"Deny","Principal":"*","Action":"*","Resource":"*","Condition":{"StringEquals":{)" + keys +
           "}}}";
  };
  return R"({"Statement":[)" + listed(kFill, statement) + "]}";
}

std::vector<Attack> attacks() {
  const std::string x64(64, 'x'), x460(460, 'x');
  std::vector<keys::Tag> tags;
  for (int i = 0; i < 50; ++i) tags.push_back({fmt::format("{}{:02}{}", x64, i, x64.substr(4)), "v"});
  const auto pair = [&](int i) { return fmt::format(R"("{}{:02}{}":"v")", x460.substr(230), i, x460.substr(230)); };
  const auto absent_tag = [&](int i) {
    return fmt::format(R"("aws:ResourceTag/{}z{:03}{}":"v")", x64, i, x64.substr(6));
  };
  const auto absent_pair = [&](int i) {
    return fmt::format(R"("kms:EncryptionContext:{}z{:02}{}":"v")", x460.substr(230), i, x460.substr(231));
  };
  const auto unknown = [](int i) { return fmt::format(R"("k:{}":"v")", i); };
  const auto time = [](int i) { return fmt::format(R"("2026-11-22T02:00:00.{:09}+00:00":"v")", i); };
  const auto address = [](int i) { return fmt::format(R"("2001:db8:1111:2222:3333:4444:5555:{:x}":"v")", i + 4096); };
  const std::string half = R"("a":")" + std::string(4'000, 'a') + R"(","b":")" + std::string(3'900, 'a') + '"';
  const std::string names = "kms:EncryptionContextKeys";
  return {
      {"pair_by_pair", many_pairs(), pair_by_pair()},
      {"long_names_of_pairs", listed(7'700, pair), of_keys("StringNotEquals", listed(kFill, absent_pair))},
      {"long_names_of_tags", "", of_keys("StringNotEquals", listed(kFill, absent_tag)), tags},
      {"unknown_keys", "", of_keys("StringNotEquals", listed(kFill, unknown))},
      {"time_as_variable", half, of_values("StringLike", "kms:EncryptionContext:a", "${aws:CurrentTime}*")},
      {"times_as_variables", half,
       of_values("StringLike", "kms:EncryptionContext:a", "${aws:EpochTime}${aws:CurrentTime}${aws:EpochTime}z")},
      {"time_for_many_values", many_pairs(), of_values("ForAnyValue:StringLike", names, "${aws:EpochTime}*")},
      {"tag_for_many_values", many_pairs(),
       of_values("ForAnyValue:StringLike", names, "${aws:ResourceTag/" + x64 + x64.substr(2) + ",''}*z"), tags},
      {"long_variables", half, of_values("StringLike", "kms:EncryptionContext:a", "?${kms:EncryptionContext:b}z")},
      {"too_long_variables", half, of_values("StringEquals", "kms:EncryptionContext:b", "${kms:EncryptionContext:a}")},
      {"many_names_like", many_pairs(), of_values("ForAnyValue:StringLike", names, "*z*")},
      {"many_names_equal", many_pairs(), of_values("ForAllValues:StringNotEquals", names, "k9999")},
      {"many_names_as_times", listed(7'000, time), of_values("ForAnyValue:DateEquals", names, "2026")},
      {"many_names_as_addresses", listed(7'000, address), of_values("ForAnyValue:IpAddress", names, "2001:db9::/32")},
      {"long_value_like", half, of_values("StringLike", "kms:EncryptionContext:a", "*aaaaaaaaaaaaaaaaz*")},
  };
}

}  // namespace

void register_all() {
  for (const Attack& one : attacks()) {
    benchmark::RegisterBenchmark((std::string("attack/") + one.name).c_str(), [one](benchmark::State& state) {
      decide(state, Request(one.pairs, one.tags), one.policy);
    });
  }
}

}  // namespace claviger

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  claviger::register_all();
  benchmark::RunSpecifiedBenchmarks();
}
