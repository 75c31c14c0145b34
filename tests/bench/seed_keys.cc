// Fills a development data directory with many keys, by way of the same store and hsm as the server but in large
// commits: the benchmark with a million keys would spend minutes on the API otherwise. Prints the id of every
// tenth key. Or makes many grants on one key, each for another account.
//   seed_keys DATA_DIR COUNT
//   seed_keys DATA_DIR grants KEY_ID COUNT
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <future>
#include <limits>
#include <string>
#include <string_view>

#include "cli/data_directory.h"
#include "crypto/random.h"
#include "hsm/session.h"
#include "keys/grant.h"
#include "keys/layout.h"
#include "keys/record.h"

namespace {

using namespace claviger;  // NOLINT(google-build-using-namespace)

constexpr std::size_t kPerCommit = 2000;

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

void commit(store::Store& store, store::Commit commit) {
  std::promise<Result<store::Revision>> done;
  store.commit(std::move(commit), [&done](Result<store::Revision> revision) { done.set_value(std::move(revision)); });
  if (const auto revision = done.get_future().get(); !revision) stop(revision.error());
}

store::Add counted(const std::string& counter, std::size_t count) {
  return {counter, static_cast<std::int64_t>(count), std::numeric_limits<std::int64_t>::max()};
}

void make_keys(cli::DataDirectory& directory, const Scope& scope, std::size_t count) {
  crypto::BlockRandom random;
  const SystemClock clock;
  hsm::Session hsm(directory.keyring(), random);
  for (std::size_t made = 0; made < count;) {
    store::Commit batch;
    const std::size_t size = std::min(kPerCommit, count - made);
    for (std::size_t i = 0; i < size; ++i) {
      const keys::KeyRecord record = make_key(scope, hsm, random, clock.now());
      batch.mutations.push_back(store::Put{keys::layout::key(scope, record.id), keys::encode(record)});
      if ((made + i) % 10 == 0) std::printf("%s\n", std::string(record.id.view()).c_str());
    }
    batch.mutations.push_back(counted(keys::layout::key_count(scope), size));
    commit(directory.store(), std::move(batch));
    made += size;
  }
}

void make_grants(cli::DataDirectory& directory, const Scope& scope, const KeyId& key, std::size_t count) {
  crypto::BlockRandom random;
  const SystemClock clock;
  for (std::size_t made = 0; made < count;) {
    store::Commit batch;
    const std::size_t size = std::min(kPerCommit, count - made);
    for (std::size_t i = 0; i < size; ++i) {
      keys::GrantRecord record{.issuer = scope.account};
      record.grantee.arn = fmt::format("arn:aws:iam::{:012}:root", made + i + 1);
      record.operations.add(keys::GrantOperation::kEncrypt);
      record.created = clock.now();
      const keys::GrantId id = keys::GrantId::make(random);
      const Bytes encoded = keys::encode(record);
      batch.mutations.push_back(store::Put{keys::layout::grant(scope, key, id), encoded});
      batch.mutations.push_back(
          store::Put{keys::layout::grant_for(scope, key, record.grantee.identity(), id), encoded});
    }
    batch.mutations.push_back(counted(keys::layout::grant_count(scope, key), size));
    commit(directory.store(), std::move(batch));
    made += size;
  }
}

}  // namespace

int main(int argc, char** argv) {
  const bool grants = argc == 5 && std::string_view(argv[2]) == "grants";
  if (argc != 3 && !grants) return 2;
  const std::string path = argv[1];
  crypto::SystemRandom random;
  const SystemClock clock;
  hsm::KeyFileSeal seal(path + ".key");
  auto directory = cli::DataDirectory::open(path, seal, random, clock);
  if (!directory) stop(directory.error());
  const Scope scope{(*directory)->deployment().account, *Region::parse("us-east-1")};
  if (!grants) {
    make_keys(**directory, scope, std::strtoul(argv[2], nullptr, 10));
    return 0;
  }
  const auto key = KeyId::parse(argv[3]);
  if (!key) return 2;
  make_grants(**directory, scope, *key, std::strtoul(argv[4], nullptr, 10));
  return 0;
}
