// Keyring files from outside: opening never crashes, never takes a cost beyond the bounds, and every
// refusal is the one error. The key file is that of docs/formats/keyring.md, so that the page's
// example is a seed that does open.
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>

#include "base/check.h"
#include "hsm/keyring.h"
#include "hsm/keyring_file.h"

namespace {

using namespace claviger;  // a program of one file

class CountingRandom final : public RandomSource {
 public:
  explicit CountingRandom(std::uint8_t first) : next_(first) {}
  void fill(MutableByteSpan out) override {
    for (std::uint8_t& byte : out) byte = next_++;
  }

 private:
  std::uint8_t next_;
};

struct World {
  std::string directory;
  std::string path;
  Bytes ours;
  std::optional<hsm::KeyFileSeal> seal;

  World() {
    char name[] = "/tmp/claviger-fuzz-XXXXXX";
    CLAVIGER_CHECK(mkdtemp(name) != nullptr);
    directory = name;
    path = directory + "/keyring";
    CountingRandom key_bytes(0x80), random(0);
    CLAVIGER_CHECK(hsm::KeyFileSeal::create_file(directory + "/key", key_bytes).has_value());
    seal.emplace(directory + "/key");
    CLAVIGER_CHECK(hsm::Keyring::create(path, *seal, random).has_value());
    ours = hsm::read_keyring_file(path).value();
  }
  World(const World&) = delete;
  World& operator=(const World&) = delete;
  ~World() {
    (void)unlink(path.c_str());
    (void)unlink((directory + "/key").c_str());
    (void)rmdir(directory.c_str());
  }
};

void write_input(const std::string& path, ByteSpan bytes) {
  std::FILE* file = std::fopen(path.c_str(), "wb");
  CLAVIGER_CHECK(file != nullptr);
  CLAVIGER_CHECK(bytes.empty() || std::fwrite(bytes.data(), bytes.size(), 1, file) == 1);
  CLAVIGER_CHECK(std::fclose(file) == 0);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static World world;
  const ByteSpan input(data, size);
  if (size > hsm::kMaxKeyringFileBytes) return 0;
  write_input(world.path, input);
  const auto keyring = hsm::Keyring::open(world.path, *world.seal);
  CLAVIGER_CHECK(keyring.has_value() == std::ranges::equal(input, world.ours));
  if (!keyring) {
    CLAVIGER_CHECK(keyring.error().code() == ErrorCode::kKeyUnavailable);
    CLAVIGER_CHECK(keyring.error().message().empty());
  }

  // A passphrase's parameters are hostile until the root key has opened. What a file within the
  // bounds may cost is too much for a fuzzer, so only cheap and refused costs are run.
  const auto file = hsm::KeyringFile::parse(input);
  if (!file || file->seal != hsm::SealKind::kPassphrase) return 0;
  ByteReader reader(file->wrapped_root);
  crypto::Argon2Cost cost;
  cost.memory_kib = reader.u32();
  cost.passes = reader.u32();
  cost.lanes = reader.u32();
  if (cost.in_bounds() && (cost.memory_kib > 1024 || cost.passes > 2)) return 0;
  hsm::PassphraseSeal passphrase(SecretBytes::copy_of(as_bytes("passphrase")));
  const auto opened = hsm::Keyring::open(world.path, passphrase);
  CLAVIGER_CHECK(!opened.has_value() && opened.error().code() == ErrorCode::kKeyUnavailable);
  return 0;
}
