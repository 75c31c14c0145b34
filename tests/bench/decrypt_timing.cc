// Measures whether the time that RSA decryption and the import of key material take tells why something does not open.
//   decrypt_timing [MEASUREMENTS]   per class; default 20000
// The classes are measured in turns, each time in another order, with four ciphertexts each. For every class: the
// median, its ratio to that of the reference, and Welch's t between the two over the measurements below their common
// 90th percentile, which cuts off what the machine did meanwhile. Beyond 4.5 either way t is taken for a difference
// (the bound of the "test vector leakage assessment" of ISO/IEC 17825); the reference is measured as a class of its
// own, too, which shows the noise.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include "base/check.h"
#include "crypto/random.h"
#include "crypto/testing_key_wrap.h"
#include "crypto/testing_oaep.h"
#include "hsm/keyring.h"
#include "hsm/material_import.h"
#include "hsm/private_key_session.h"
#include "hsm/ready_keys.h"

namespace claviger {
namespace {

using crypto::OaepFault;
using crypto::OaepHash;

struct Class {
  std::string name;
  std::vector<Bytes> inputs;
  bool opens = false;
  std::vector<double> nanoseconds = {};
};

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

struct Moments {
  double mean = 0, variance = 0, count = 0;
};
Moments below(const std::vector<double>& values, double bound) {
  Moments moments;
  double squares = 0;
  for (const double value : values) {
    if (value > bound) continue;
    moments.count += 1;
    const double step = value - moments.mean;
    moments.mean += step / moments.count;
    squares += step * (value - moments.mean);
  }
  moments.variance = squares / std::max(moments.count - 1, 1.0);
  return moments;
}

double welch_t(const std::vector<double>& left, const std::vector<double>& right) {
  std::vector<double> all = left;
  all.insert(all.end(), right.begin(), right.end());
  const auto cut = all.begin() + static_cast<std::ptrdiff_t>(all.size() * 9 / 10);
  std::nth_element(all.begin(), cut, all.end());
  const Moments a = below(left, *cut), b = below(right, *cut);
  return (a.mean - b.mean) / std::sqrt(a.variance / a.count + b.variance / b.count);
}

// `run` says whether the input opened.
void measure(const char* title, std::vector<Class> classes, std::size_t count,
             const std::function<bool(ByteSpan)>& run) {
  std::mt19937_64 order{1};
  std::vector<std::size_t> turns(classes.size());
  std::iota(turns.begin(), turns.end(), 0U);
  const std::size_t warm_up = count / 20 + 1;
  for (std::size_t i = 0; i < warm_up + count; ++i) {
    std::shuffle(turns.begin(), turns.end(), order);
    for (const std::size_t turn : turns) {
      Class& measured = classes[turn];
      const Bytes& input = measured.inputs[i % measured.inputs.size()];
      const auto start = std::chrono::steady_clock::now();
      const bool opened = run(input);
      const auto end = std::chrono::steady_clock::now();
      CLAVIGER_CHECK(opened == measured.opens);
      if (i >= warm_up) measured.nanoseconds.push_back(std::chrono::duration<double, std::nano>(end - start).count());
    }
  }
  const std::vector<double>& reference = classes.front().nanoseconds;
  std::printf("%s (%zu measurements of each, reference: %s)\n", title, count, classes.front().name.c_str());
  std::printf("  %-34s %12s %8s %8s\n", "class", "median, us", "ratio", "t");
  for (const Class& one : classes) {
    std::printf("  %-34s %12.2f %8.4f %8.2f\n", one.name.c_str(), median(one.nanoseconds) / 1000,
                median(one.nanoseconds) / median(reference), welch_t(one.nanoseconds, reference));
  }
}

struct World {
  crypto::SystemRandom random;
  hsm::Keyring keyring = hsm::Keyring::create_in_memory(random);
  hsm::ReadyKeys ready;
  hsm::PrivateKeySession keys{keyring, random, ready};
  hsm::MaterialImport import{keyring, random};

  static hsm::KeyBinding binding(std::string_view spec, std::string_view origin) {
    return {{AccountId::parse("123456789012").value(), Region::parse("eu-central-1").value()},
            KeyId::parse("01234567-89ab-4cde-8f01-23456789abcd").value(),
            spec,
            origin};
  }
  SecretBytes secret(std::size_t size) {
    SecretBytes out(size);
    random.fill(out.writable());
    return out;
  }
};

constexpr int kInputs = 4;

void measure_decrypt(World& world, std::size_t count) {
  const hsm::KeyBinding binding = World::binding("RSA_2048", "AWS_KMS");
  const hsm::NewPrivateKey key = world.keys.create(binding).value();
  const auto public_key = hsm::parse_public_key("RSA_2048", key.public_key).value();
  const auto of = [&](std::string name, OaepFault fault) {
    Class made{std::move(name), {}, fault == OaepFault::kNone};
    const Bytes plaintext(32, 0x5a);
    for (int i = 0; i < kInputs; ++i) {
      made.inputs.push_back(crypto::oaep_encrypt_with(fault, public_key, OaepHash::kSha256, plaintext));
    }
    return made;
  };
  std::vector<Class> classes = {of("random", OaepFault::kRandom), of("random, again", OaepFault::kRandom)};
  for (const OaepFault fault : crypto::kOaepFaults) {
    if (fault != OaepFault::kRandom) classes.push_back(of(std::string(name_of(fault)), fault));
  }
  classes.push_back(of("(opens)", OaepFault::kNone));
  measure("Decrypt RSA_2048 RSAES_OAEP_SHA_256", std::move(classes), count, [&](ByteSpan ciphertext) {
    return world.keys.decrypt(binding, key.material, key.token, OaepHash::kSha256, ciphertext).has_value();
  });
}

void measure_import(World& world, std::size_t count) {
  const hsm::KeyBinding binding = World::binding("SYMMETRIC_DEFAULT", "EXTERNAL");
  const WallTime now = from_millis(1'767'225'600'000);
  const auto parameters =
      world.import.prepare(binding, "RSA_AES_KEY_WRAP_SHA_256", "RSA_2048", now + std::chrono::hours(1)).value();
  const auto public_key = hsm::parse_public_key("RSA_2048", parameters.public_key).value();
  const auto of = [&](std::string name, OaepFault fault, bool wraps, std::size_t key_size = 32) {
    Class made{std::move(name), {}, fault == OaepFault::kNone && wraps && key_size == 32};
    for (int i = 0; i < kInputs; ++i) {
      const SecretBytes between = world.secret(32);
      const Bytes wrapped = crypto::wrap_with_padding(between, world.secret(32));
      // Where RSA does not open it does not matter what is inside.
      Bytes input = fault == OaepFault::kNone && key_size == 32
                        ? crypto::oaep_encrypt(public_key, OaepHash::kSha256, between)
                        : crypto::oaep_encrypt_with(fault, public_key, OaepHash::kSha256, Bytes(key_size));
      input.insert(input.end(), wrapped.begin(), wrapped.end());
      if (!wraps) input[256 + 3] ^= 1;
      made.inputs.push_back(std::move(input));
    }
    return made;
  };
  std::vector<Class> classes = {of("RSA: random", OaepFault::kRandom, true),
                                of("RSA: random, again", OaepFault::kRandom, true),
                                of("RSA: first byte", OaepFault::kFirstByte, true),
                                of("RSA: label", OaepFault::kLabel, true),
                                of("RSA: largest", OaepFault::kLargest, true),
                                of("RSA: a key of 16 bytes", OaepFault::kNone, true, 16),
                                of("AES", OaepFault::kNone, false),
                                of("RSA and AES", OaepFault::kRandom, false),
                                of("(opens)", OaepFault::kNone, true)};
  measure("ImportKeyMaterial RSA_AES_KEY_WRAP_SHA_256", std::move(classes), count,
          [&](ByteSpan blob) { return world.import.import(binding, parameters.token, blob, now).has_value(); });
}

}  // namespace
}  // namespace claviger

int main(int argc, char** argv) {
  const std::size_t count = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 20'000;
  if (count == 0) {
    std::fprintf(stderr, "usage: decrypt_timing [MEASUREMENTS]\n");
    return 2;
  }
  claviger::World world;
  claviger::measure_decrypt(world, count);
  claviger::measure_import(world, count);
  return 0;
}
