#include <utility>

#include "hsm/root_wrap.h"
#include "hsm/seal.h"
#include "hsm/wiped_array.h"

namespace claviger::hsm {
namespace {

constexpr std::size_t kParameterBytes = 3 * 4 + kSealSaltBytes;

}  // namespace

PassphraseSeal::PassphraseSeal(SecretBytes passphrase, crypto::Argon2Cost cost)
    : passphrase_(std::move(passphrase)), cost_(cost) {}

Result<Bytes> PassphraseSeal::wrap(const SecretBytes& root, ByteSpan associated, RandomSource& random) {
  if (passphrase_.empty()) return fail(Error::validation("The passphrase is empty."));
  std::array<std::uint8_t, kSealSaltBytes> salt{};
  random.fill(salt);
  Bytes wrapped;
  ByteWriter writer(wrapped);
  writer.u32(cost_.memory_kib);
  writer.u32(cost_.passes);
  writer.u32(cost_.lanes);
  writer.raw(salt);
  WipedArray<32> key;
  CLAVIGER_TRY(crypto::argon2id(cost_, {.passphrase = passphrase_, .salt = salt}, key.bytes));
  append_wrapped_root(key.bytes, root, associated, random, wrapped);
  return wrapped;
}

Result<SecretBytes> PassphraseSeal::unwrap(ByteSpan wrapped, ByteSpan associated) {
  if (wrapped.size() != kParameterBytes + kWrappedRootBytes) return fail(keyring_does_not_open());
  ByteReader reader(wrapped);
  crypto::Argon2Cost cost;
  cost.memory_kib = reader.u32();
  cost.passes = reader.u32();
  cost.lanes = reader.u32();
  const ByteSpan salt = reader.raw(kSealSaltBytes);
  // Nothing of the file is authentic yet: without bounds it could ask for 100 GiB.
  if (!cost.in_bounds()) return fail(keyring_does_not_open());
  WipedArray<32> key;
  CLAVIGER_TRY(crypto::argon2id(cost, {.passphrase = passphrase_, .salt = salt}, key.bytes));
  return open_wrapped_root(key.bytes, wrapped, kParameterBytes, associated);
}

}  // namespace claviger::hsm
