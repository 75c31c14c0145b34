// Durable commits per second by concurrent committers, on a real disk: TMPDIR says which. Each commit
// is of the size of a CreateKey: two new records of 100 and 700 bytes, a counter, a tag.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <atomic>
#include <thread>

#include "store/sqlite_store.h"
#include "store/testing_sealer.h"
#include "store/testing_store.h"

namespace claviger::store {
namespace {

Commit create_key(std::uint64_t n) {
  // Scattered, as random key ids are.
  const std::string id = fmt::format("{:016x}", n * 0x9e3779b97f4a7c15);
  Commit commit = add("count/keys/000000000000/us-east-1", 1, 1'000'000'000);
  commit.mutations.push_back(Put{"key/000000000000/us-east-1/" + id, Bytes(700, 1)});
  commit.mutations.push_back(Put{"alias/000000000000/us-east-1/" + id, Bytes(100, 2)});
  commit.preconditions = {{"key/000000000000/us-east-1/" + id, 0}};
  commit.tag = n;
  return commit;
}

// One iteration is one commit; state.range(0) of them are always under way.
void durable_commits(benchmark::State& state) {
  TemporaryDirectory directory;
  ClearSealer sealer;
  CountingRandom random;
  const auto store = SqliteStore::open({.path = directory.file("store.db"), .create = true}, sealer, random);
  CLAVIGER_CHECK(store.has_value());
  std::vector<std::future<Result<Revision>>> under_way(static_cast<std::size_t>(state.range(0)));
  std::uint64_t n = 0;
  for (auto _ : state) {
    std::future<Result<Revision>>& slot = under_way[n % under_way.size()];
    if (slot.valid()) CLAVIGER_CHECK(slot.get().has_value());
    slot = commit_later(**store, create_key(++n));
  }
  for (auto& slot : under_way) {
    if (slot.valid()) CLAVIGER_CHECK(slot.get().has_value());
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(n));
}
BENCHMARK(durable_commits)->Arg(1)->Arg(32)->Arg(256)->UseRealTime()->Unit(benchmark::kMicrosecond);

// A store of state.range(0) keys: opening, and reading one of them at random.
void large_store(benchmark::State& state) {
  TemporaryDirectory directory;
  ClearSealer sealer;
  CountingRandom random;
  const SqliteOptions options{.path = directory.file("store.db"), .create = true};
  const auto keys = static_cast<std::uint64_t>(state.range(0));
  {
    const auto store = SqliteStore::open(options, sealer, random);
    CLAVIGER_CHECK(store.has_value());
    std::atomic<std::uint64_t> done = 0;
    for (std::uint64_t n = 1; n <= keys; ++n) {
      (*store)->commit(create_key(n), [&](Result<Revision> result) { done += result ? 1 : 0; });
      while (n - done > 10'000) std::this_thread::yield();
    }
  }
  for (auto _ : state) {
    const auto store = SqliteStore::open(options, sealer, random);
    CLAVIGER_CHECK(store.has_value() && (*store)->revision() == keys);
  }
}
BENCHMARK(large_store)->Arg(1'000'000)->Iterations(3)->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace claviger::store

BENCHMARK_MAIN();
