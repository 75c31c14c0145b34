#include "server/computing_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <latch>
#include <thread>

namespace claviger::server {
namespace {

TEST(ComputingPool, EveryThreadHasToolsOfItsOwn) {
  crypto::SystemRandom random;
  const hsm::Keyring keyring = hsm::Keyring::create_in_memory(random);
  ComputingPool pool(keyring, 3, 100);
  std::latch together(3);
  std::atomic<ComputingTools*> seen[3] = {};
  for (auto& place : seen) {
    ASSERT_TRUE(pool.submit([&](ComputingTools& tools) {
      place = &tools;
      together.arrive_and_wait();
    }));
  }
  together.wait();
  pool.stop();
  EXPECT_NE(seen[0], seen[1]);
  EXPECT_NE(seen[1], seen[2]);
  EXPECT_NE(seen[0], seen[2]);
  EXPECT_FALSE(pool.submit([](ComputingTools&) {}));
}

TEST(ComputingPool, KeysAreForgottenWhileOthersAreInUse) {
  crypto::SystemRandom random;
  const hsm::Keyring keyring = hsm::Keyring::create_in_memory(random);
  ComputingPool pool(keyring, 2, 100);
  const hsm::KeyBinding binding{{AccountId::parse("123456789012").value(), Region::parse("eu-central-1").value()},
                                KeyId::parse("01234567-89ab-4cde-8f01-23456789abcd").value(),
                                "ECC_NIST_P256",
                                "AWS_KMS"};
  std::promise<bool> signed_twice;
  ASSERT_TRUE(pool.submit([&](ComputingTools& tools) {
    const hsm::NewPrivateKey key = tools.private_keys.create(binding).value();
    const auto sign = [&] {
      return tools.private_keys
          .sign(binding, key.material, key.token, {hsm::SignatureScheme::kEcdsa, hsm::HashAlgorithm::kSha256},
                hsm::MessageForm::kRaw, SecretBytes(5))
          .has_value();
    };
    const bool first = sign();
    pool.forget_unused_keys();
    pool.forget_unused_keys();
    signed_twice.set_value(first && sign());
  }));
  EXPECT_TRUE(signed_twice.get_future().get());
}

TEST(ComputingPool, AnRsaKeyIsReadyForWhoeverComesNext) {
  crypto::SystemRandom random;
  const hsm::Keyring keyring = hsm::Keyring::create_in_memory(random);
  ComputingPool pool(keyring, 1, 100);
  EXPECT_EQ(pool.ready_rsa_keys(), 0u);
  std::promise<void> made;
  ASSERT_TRUE(pool.submit([&](ComputingTools& tools) {
    static_cast<void>(tools.private_keys.generate_pair("RSA_2048").value());
    made.set_value();
  }));
  made.get_future().wait();
  while (pool.ready_rsa_keys() < 2) std::this_thread::yield();
  pool.stop();
  EXPECT_EQ(pool.ready_rsa_keys(), 2u) << "of the size that was asked for, and of no other";
}

TEST(ComputingPool, StopsInTheMiddleOfMakingKeys) {
  crypto::SystemRandom random;
  const hsm::Keyring keyring = hsm::Keyring::create_in_memory(random);
  ComputingPool pool(keyring, 1, 100);
  pool.expect_rsa_keys();
  pool.stop();
  EXPECT_LT(pool.ready_rsa_keys(), 6u);
}

}  // namespace
}  // namespace claviger::server
