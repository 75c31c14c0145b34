// Fills a development data directory with many keys, by way of the same store and hsm as the server but in large
// commits: the benchmark with a million keys would spend minutes on the API otherwise. Prints the id of every
// tenth key.
//   seed_keys DATA_DIR COUNT
#include <cstdio>
#include <cstdlib>
#include <future>
#include <limits>
#include <string>

#include "cli/data_directory.h"
#include "crypto/random.h"
#include "hsm/session.h"
#include "keys/layout.h"
#include "keys/record.h"

namespace {

using namespace claviger;  // NOLINT(google-build-using-namespace)

constexpr std::size_t kKeysPerCommit = 2000;

[[noreturn]] void stop(const Error& error) {
  std::fprintf(stderr, "seed_keys: %s %s\n", error.message().c_str(), error.detail().c_str());
  std::exit(1);
}

keys::KeyRecord make_key(const Scope& scope, hsm::Session& hsm, RandomSource& random, WallTime now) {
  keys::KeyRecord record{.scope = scope, .id = KeyId::make(random)};
  record.created = now;
  auto key =
      hsm.create_backing_key({record.scope, record.id, keys::name_of(record.spec), keys::name_of(record.origin)});
  if (!key) stop(key.error());
  record.materials.push_back({key->material, std::move(key->token)});
  return record;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const std::string path = argv[1];
  const std::size_t count = std::strtoul(argv[2], nullptr, 10);
  crypto::SystemRandom random;
  crypto::BlockRandom block_random;
  const SystemClock clock;
  hsm::KeyFileSeal seal(path + ".key");
  auto directory = cli::DataDirectory::open(path, seal, random, clock);
  if (!directory) stop(directory.error());
  hsm::Session hsm((*directory)->keyring(), block_random);
  const Scope scope{(*directory)->deployment().account, *Region::parse("us-east-1")};
  for (std::size_t made = 0; made < count;) {
    store::Commit commit;
    const std::size_t batch = std::min(kKeysPerCommit, count - made);
    for (std::size_t i = 0; i < batch; ++i) {
      const keys::KeyRecord record = make_key(scope, hsm, block_random, clock.now());
      commit.mutations.push_back(store::Put{keys::layout::key(scope, record.id), keys::encode(record)});
      if ((made + i) % 10 == 0) std::printf("%s\n", std::string(record.id.view()).c_str());
    }
    commit.mutations.push_back(store::Add{keys::layout::key_count(scope), static_cast<std::int64_t>(batch),
                                          std::numeric_limits<std::int64_t>::max()});
    std::promise<Result<store::Revision>> done;
    (*directory)->store().commit(std::move(commit), [&done](Result<store::Revision> revision) {
      done.set_value(std::move(revision));
    });
    if (const auto revision = done.get_future().get(); !revision) stop(revision.error());
    made += batch;
  }
  return 0;
}
