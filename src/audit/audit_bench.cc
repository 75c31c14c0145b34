// What a record costs: its text, and its way to the disk.
#include <benchmark/benchmark.h>
#include <sys/resource.h>

#include <filesystem>
#include <semaphore>

#include "audit/event.h"
#include "audit/testing.h"

namespace claviger::audit {
namespace {

Event typical_event(std::span<const Resource> resources) {
  Event event;
  event.user_identity = {.type = IdentityType::kRoot,
                         .principal_id = "000000000000",
                         .arn = "arn:aws:iam::000000000000:root",
                         .account_id = "000000000000",
                         .access_key_id = "AKIAIOSFODNN7EXAMPLE"};
  event.time = from_millis(1'767'225'601'234);
  event.name = "Encrypt";
  event.region = "eu-central-1";
  event.source_ip = "192.0.2.17";
  event.user_agent = "Boto3/1.40.0 md/Botocore#1.40.0 ua/2.1 os/linux#6.1.0 md/arch#x86_64 lang/python#3.11.2";
  event.request_parameters =
      R"({"keyId":"alias/orders","encryptionAlgorithm":"SYMMETRIC_DEFAULT","encryptionContext":{"tenant":"42","table":"orders"}})";
  event.additional_event_data =
      R"({"keyMaterialId":"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"})";
  event.request_id = "1b4e28ba-2fa1-41d2-883f-0016d3cca427";
  event.event_id = "6fa459ea-ee8a-4ca4-894e-db77e160355e";
  event.read_only = true;
  event.resources = resources;
  event.recipient_account_id = "000000000000";
  event.tls = TlsDetails{"TLSv1.3", "TLS_AES_256_GCM_SHA384", "kms.example.internal", "x25519"};
  return event;
}

const Resource kKey{"000000000000", "arn:aws:kms:eu-central-1:000000000000:key/1234abcd-12ab-34cd-56ef-1234567890ab"};

void encode_event(benchmark::State& state) {
  const Event event = typical_event({&kKey, 1});
  std::string out;
  for (auto _ : state) {
    out.clear();
    append_event(event, out);
    benchmark::DoNotOptimize(out.data());
  }
  state.counters["bytes"] = static_cast<double>(out.size());
}
BENCHMARK(encode_event);

double cpu_seconds() {
  struct rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](timeval t) { return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6; };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

// state.range(0) callers, each appending its next record when the last one is durable.
void append_durably(benchmark::State& state) {
  char pattern[] = "/tmp/claviger-audit-bench-XXXXXX";
  if (::mkdtemp(pattern) == nullptr) return state.SkipWithError("mkdtemp");
  LogFixture fixture;
  PosixFiles files;
  fixture.options.directory = std::string(pattern) + "/log";
  fixture.options.segment_bytes = 32 * 1024 * 1024;
  fixture.options.head_interval = std::chrono::seconds(1);
  std::string text;
  append_event(typical_event({&kKey, 1}), text);
  std::uint64_t appended = 0;
  const double cpu = cpu_seconds();
  {
    const auto log = FileLog::open(fixture.options, {fixture.clock, fixture.signer, fixture.random, files});
    if (!log) return state.SkipWithError("open");
    std::counting_semaphore<> free_callers(state.range(0));
    for (auto _ : state) {
      free_callers.acquire();
      ++appended;
      (*log)->append(event_frame("1b4e28ba-2fa1-41d2-883f-0016d3cca427", text),
                     [&](Result<Sequence>) { free_callers.release(); });
    }
    for (std::int64_t i = 0; i < state.range(0); ++i) free_callers.acquire();
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(appended));
  state.counters["cpu_us"] = (cpu_seconds() - cpu) * 1e6 / static_cast<double>(appended);
  std::filesystem::remove_all(pattern);
}
BENCHMARK(append_durably)->Arg(1)->Arg(32)->Arg(256)->UseRealTime();

}  // namespace
}  // namespace claviger::audit

BENCHMARK_MAIN();
