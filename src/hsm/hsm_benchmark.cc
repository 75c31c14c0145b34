// What a call on the request path costs inside this room, on one core.
#include <benchmark/benchmark.h>

#include "crypto/aead.h"
#include "crypto/digest.h"
#include "crypto/random.h"
#include "hsm/keyring.h"
#include "hsm/purpose_sealer.h"
#include "hsm/session.h"

namespace claviger::hsm {
namespace {

struct Fixture {
  crypto::BlockRandom random;
  Keyring keyring = Keyring::create_in_memory(random);
  Session session{keyring, random};
  KeyBinding binding{{AccountId::parse("123456789012").value(), Region::parse("eu-central-1").value()},
                     KeyId::make(random),
                     "SYMMETRIC_DEFAULT",
                     "AWS_KMS"};
  NewBackingKey key = session.create_backing_key(binding).value();
  EncryptionContext context =
      EncryptionContext::from_pairs({{"department", "finance"}, {"purpose", "nightly backup"}}).value();
};

void encrypt(benchmark::State& state) {
  Fixture f;
  const SecretBytes plaintext = f.session.random(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) {
    benchmark::DoNotOptimize(f.session.encrypt(f.binding, f.key.material, f.key.token, f.context, plaintext));
  }
}
BENCHMARK(encrypt)->Arg(32)->Arg(4096);

void decrypt(benchmark::State& state) {
  Fixture f;
  const SecretBytes plaintext = f.session.random(static_cast<std::size_t>(state.range(0)));
  const Bytes blob = f.session.encrypt(f.binding, f.key.material, f.key.token, f.context, plaintext).value();
  for (auto _ : state) benchmark::DoNotOptimize(f.session.decrypt(f.binding, f.key.token, f.context, blob));
}
BENCHMARK(decrypt)->Arg(32)->Arg(4096);

void generate_data_key(benchmark::State& state) {
  Fixture f;
  for (auto _ : state) {
    benchmark::DoNotOptimize(f.session.generate_data_key(f.binding, f.key.material, f.key.token, f.context, 32));
  }
}
BENCHMARK(generate_data_key);

void create_backing_key(benchmark::State& state) {
  Fixture f;
  for (auto _ : state) benchmark::DoNotOptimize(f.session.create_backing_key(f.binding));
}
BENCHMARK(create_backing_key);

void purpose_seal(benchmark::State& state) {
  Fixture f;
  PurposeSealer sealer(f.keyring, "store", f.random);
  const Bytes value(static_cast<std::size_t>(state.range(0)), 7);
  for (auto _ : state) benchmark::DoNotOptimize(sealer.seal(as_bytes("where it lies"), value));
}
BENCHMARK(purpose_seal)->Arg(512);

void gcm_forget_key(benchmark::State& state) {
  crypto::Aes256Gcm gcm;
  for (auto _ : state) gcm.forget_key();
}
BENCHMARK(gcm_forget_key);

void gcm_seal_32(benchmark::State& state) {
  crypto::Aes256Gcm gcm;
  const Bytes key(32, 1), nonce(12, 2), aad(190, 3), plaintext(32, 4);
  Bytes out(48);
  for (auto _ : state) {
    gcm.seal_unchecked_nonce(crypto::Key256(key), crypto::Nonce96(nonce), {aad}, plaintext, out);
  }
}
BENCHMARK(gcm_seal_32);

void hmac_set_key(benchmark::State& state) {
  const Bytes key(32, 1);
  crypto::HmacSha256 hmac{ByteSpan(key)};
  for (auto _ : state) hmac.set_key(ByteSpan(key));
}
BENCHMARK(hmac_set_key);

void hmac_one_block(benchmark::State& state) {
  const Bytes key(32, 1), message(44, 2);
  crypto::HmacSha256 hmac{ByteSpan(key)};
  for (auto _ : state) benchmark::DoNotOptimize(hmac.mac(message));
}
BENCHMARK(hmac_one_block);

void random_28(benchmark::State& state) {
  crypto::BlockRandom random;
  std::array<std::uint8_t, 28> out;
  for (auto _ : state) random.fill(out);
}
BENCHMARK(random_28);

}  // namespace
}  // namespace claviger::hsm
