#include "hsm/purpose_sealer.h"

#include <gtest/gtest.h>

#include <optional>
#include <set>
#include <thread>

#include "crypto/random.h"
#include "hsm/test_support.h"

namespace claviger::hsm {
namespace {

class PurposeSealerTest : public ::testing::Test {
 protected:
  crypto::SystemRandom random;
  Keyring keyring = Keyring::create_in_memory(random);
  PurposeSealer sealer{keyring, "store", random};
  ByteSpan place = as_bytes("key/1");
};

TEST_F(PurposeSealerTest, OpensWhatItSealedAtItsPlace) {
  for (const std::size_t size : {0uz, 1uz, 32uz, 5000uz}) {
    const Bytes value(size, 0x61);
    const Bytes sealed = sealer.seal(place, value);
    EXPECT_EQ(sealed.size(), size + PurposeSealer::kOverhead);
    EXPECT_EQ(sealer.open(place, sealed).value(), value);
    const SecretBytes opened = sealer.open_secret(place, sealed).value();
    EXPECT_TRUE(constant_time_equal(insecure_expose(opened), value));
    EXPECT_EQ(sealer.open(place, sealer.seal(place, SecretBytes::copy_of(value))).value(), value);
  }
}

TEST_F(PurposeSealerTest, EveryBitFlipAndEveryTruncationIsCorrupt) {
  const Bytes sealed = sealer.seal(place, as_bytes("value"));
  for_each_damage(sealed, [&](ByteSpan damaged, const std::string& what) {
    const auto opened = sealer.open(place, damaged);
    ASSERT_FALSE(opened.has_value()) << what;
    EXPECT_EQ(opened.error().code(), ErrorCode::kCorrupt) << what;
    EXPECT_FALSE(sealer.open_secret(place, damaged).has_value()) << what;
  });
}

TEST_F(PurposeSealerTest, AnotherPlacePurposeOrKeyringDoesNotOpenIt) {
  const Bytes sealed = sealer.seal(place, as_bytes("value"));
  EXPECT_FALSE(sealer.open(as_bytes("key/2"), sealed).has_value());
  EXPECT_FALSE(sealer.open({}, sealed).has_value());
  PurposeSealer other_purpose(keyring, "iam", random);
  EXPECT_FALSE(other_purpose.open(place, sealed).has_value());
  const Keyring other_keyring = Keyring::create_in_memory(random);
  PurposeSealer other(other_keyring, "store", random);
  EXPECT_FALSE(other.open(place, sealed).has_value());
  PurposeSealer same(keyring, "store", random);
  EXPECT_TRUE(same.open(place, sealed).has_value());
}

TEST_F(PurposeSealerTest, OutlivesItsKeyring) {
  std::optional<Keyring> gone = Keyring::create_in_memory(random);
  PurposeSealer survivor(*gone, "store", random);
  gone.reset();
  EXPECT_TRUE(survivor.open(place, survivor.seal(place, as_bytes("value"))).has_value());
}

TEST_F(PurposeSealerTest, SealsFromSeveralThreadsWithoutRepeatingANonce) {
  std::array<std::vector<Bytes>, 4> made;
  std::vector<std::thread> threads;
  threads.reserve(made.size());
  for (auto& mine : made) {
    threads.emplace_back([this, &mine] {
      for (int i = 0; i < 200; ++i) mine.push_back(sealer.seal(place, as_bytes("value")));
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::set<Bytes> nonces;
  for (const auto& mine : made) {
    for (const Bytes& sealed : mine) {
      EXPECT_TRUE(sealer.open(place, sealed).has_value());
      EXPECT_TRUE(nonces.insert(Bytes(sealed.begin() + 1, sealed.begin() + 29)).second);
    }
  }
}

TEST_F(PurposeSealerTest, TheExampleOfTheFormatPageOpens) {
  // As the page says: the keyring's randomness counts up from 0.
  CountingRandom counting;
  const Keyring example = Keyring::create_in_memory(counting);
  PurposeSealer example_sealer(example, "store", counting);
  const Bytes sealed = example_of("sealed-value.md");
  EXPECT_EQ(as_text(example_sealer.open(as_bytes("where"), sealed).value()), "value");
  EXPECT_EQ(hex_encode(example_sealer.seal(as_bytes("where"), as_bytes("value"))), hex_encode(sealed));
}

}  // namespace
}  // namespace claviger::hsm
