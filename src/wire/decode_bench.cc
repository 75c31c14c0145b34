// What decoding costs of the budget of a request: a typical Encrypt.
#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "base/check.h"
#include "base/encryption_context.h"
#include "wire/decode.h"
#include "wire/encode.h"

namespace claviger::wire {
namespace {

enum class Algorithm { kSymmetricDefault };

struct Request {
  std::string key_id;
  SecretBytes plaintext;
  EncryptionContext context;
  std::vector<std::string> grant_tokens;
  Algorithm algorithm = Algorithm::kSymmetricDefault;
  bool dry_run = false;
};

}  // namespace
}  // namespace claviger::wire

template <>
struct claviger::wire::EnumNames<claviger::wire::Algorithm> {
  static constexpr auto kNames =
      std::to_array<EnumName<Algorithm>>({{"SYMMETRIC_DEFAULT", Algorithm::kSymmetricDefault}});
};

namespace claviger::wire {
namespace {

constexpr auto kRequest =
    members<Request>(required<&Request::key_id>("KeyId", length(1, 2048)),
                     required<&Request::plaintext>("Plaintext", length(1, 4096), sensitive),
                     optional<&Request::context>("EncryptionContext"),
                     optional<&Request::grant_tokens>("GrantTokens", size(0, 10), each(length(1, 8192)), not_audited),
                     optional<&Request::algorithm>("EncryptionAlgorithm", audit_always),
                     optional<&Request::dry_run>("DryRun", not_audited), unsupported("Recipient", "not built"));

constexpr std::string_view kBody =
    R"({"KeyId": "arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab", )"
    R"("Plaintext": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", )"
    R"("EncryptionContext": {"tenant": "acme-production", "purpose": "database-field"}})";

void parse_only(benchmark::State& state) {
  json::Parser parser;
  for (auto _ : state) {
    benchmark::DoNotOptimize(parser.parse(as_bytes(kBody)));
    parser.clear();
  }
}
BENCHMARK(parse_only);

void decode_encrypt(benchmark::State& state) {
  json::Parser parser;
  for (auto _ : state) {
    auto request = decode(kRequest, parser, as_bytes(kBody));
    CLAVIGER_CHECK(request.has_value());
    benchmark::DoNotOptimize(request);
  }
}
BENCHMARK(decode_encrypt);

void encode_audit_of_encrypt(benchmark::State& state) {
  json::Parser parser;
  const auto request = decode(kRequest, parser, as_bytes(kBody));
  CLAVIGER_CHECK(request.has_value());
  std::string out;
  for (auto _ : state) {
    out.clear();
    encode_audit(kRequest, *request, out);
    benchmark::DoNotOptimize(out.data());
  }
}
BENCHMARK(encode_audit_of_encrypt);

}  // namespace
}  // namespace claviger::wire

BENCHMARK_MAIN();
