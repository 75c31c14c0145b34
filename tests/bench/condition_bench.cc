// What conditions cost: a decision with all that a request can tell, over policies that ask nothing, something, and as
// much as fits into a policy.
#include <benchmark/benchmark.h>

#include <memory>
#include <string>

#include "policy/decision.h"
#include "policy/key_policy.h"
#include "server/action_table.h"
#include "server/request_context.h"

namespace claviger {
namespace {

// An Encrypt with `pairs` pairs in its context, by the root, on a key without tags.
struct Request {
  explicit Request(int pairs) {
    std::string body = R"({"KeyId":"1234abcd-12ab-34cd-56ef-1234567890ab","Plaintext":"AA==","EncryptionContext":{)";
    for (int i = 0; i < pairs; ++i) body += (i > 0 ? ",\"k" : "\"k") + std::to_string(i) + "\":\"v\"";
    body += "}}";
    auto decoded = actions.find(Service::kKms, "Encrypt").action->decode(decoder, {}, as_bytes(body));
    if (!decoded) return;
    call = *std::move(decoded);
    auto key = std::make_shared<api::KeySnapshot>();
    key->record = {.scope = scope, .id = *KeyId::parse("1234abcd-12ab-34cd-56ef-1234567890ab")};
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
  for (auto _ : state) {
    const server::RequestContext context(facts, request.resolved, 0);
    benchmark::DoNotOptimize(
        policy::decide_on_key({request.caller.principal(), "kms:Encrypt", request.resolved[0].key->arn, &context},
                              {.owner = request.scope.account, .resource_policy = &*document}));
  }
}

void decide_default(benchmark::State& state) {
  const Request request(2);
  decide(state, request, policy::default_key_policy("aws", request.scope.account));
}
BENCHMARK(decide_default);

void decide_by_context(benchmark::State& state) {
  decide(state, Request(2),
         R"({"Statement":{"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*",)"
         R"("Condition":{"StringEquals":{"kms:EncryptionContext:k1":"v"}}}})");
}
BENCHMARK(decide_by_context);

// Every condition asks for another pair of a context as large as a request can have; the last of each statement fails.
void decide_worst(benchmark::State& state) {
  std::string json = R"({"Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"})";
  for (int i = 0; json.size() < policy::kMaxKeyPolicyBytes - 300; ++i) {
    json += R"(,{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*","Condition":{"StringEquals":{)";
    for (int j = 0; j < 5; ++j) {
      json += (j > 0 ? ",\"" : "\"") + std::string("kms:EncryptionContext:k") + std::to_string(5 * i + j) +
              (j < 4 ? "\":\"v\"" : "\":\"x\"");
    }
    json += "}}}";
  }
  decide(state, Request(580), json + "]}");
}
BENCHMARK(decide_worst);

}  // namespace
}  // namespace claviger

BENCHMARK_MAIN();
