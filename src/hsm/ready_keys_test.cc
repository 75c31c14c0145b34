#include "hsm/ready_keys.h"

#include <gtest/gtest.h>

#include <thread>

namespace claviger::hsm {
namespace {

using crypto::KeyKind;

TEST(ReadyKeys, KeepsWhatWasAskedForBefore) {
  int missing = 0;
  ReadyKeys keys(2, [&missing] { ++missing; });
  keys.refill();
  EXPECT_EQ(keys.ready(KeyKind::kRsa2048), 0u) << "nobody asked";
  const Bytes first = keys.take(KeyKind::kRsa2048).public_key().spki();
  EXPECT_EQ(missing, 1);
  keys.refill();
  EXPECT_EQ(keys.ready(KeyKind::kRsa2048), 2u);
  EXPECT_EQ(keys.ready(KeyKind::kRsa3072), 0u);
  const Bytes second = keys.take(KeyKind::kRsa2048).public_key().spki();
  const Bytes third = keys.take(KeyKind::kRsa2048).public_key().spki();
  EXPECT_EQ(missing, 3);
  EXPECT_EQ(keys.ready(KeyKind::kRsa2048), 0u);
  EXPECT_NE(first, second);
  EXPECT_NE(second, third) << "no key is given twice";
  EXPECT_EQ(keys.take(KeyKind::kRsa2048).kind(), KeyKind::kRsa2048) << "made when none is there";
}

TEST(ReadyKeys, ExpectsAllSizesWhenTold) {
  int missing = 0;
  ReadyKeys keys(1, [&missing] { ++missing; });
  keys.expect_all();
  EXPECT_EQ(missing, 1);
  keys.refill();
  for (const KeyKind kind : {KeyKind::kRsa2048, KeyKind::kRsa3072, KeyKind::kRsa4096}) {
    EXPECT_EQ(keys.ready(kind), 1u);
    EXPECT_EQ(keys.take(kind).kind(), kind);
  }
}

TEST(ReadyKeys, OtherKindsAreMadeAtOnce) {
  int missing = 0;
  ReadyKeys keys(1, [&missing] { ++missing; });
  EXPECT_EQ(keys.take(KeyKind::kP256).kind(), KeyKind::kP256);
  EXPECT_EQ(keys.ready(KeyKind::kP256), 0u);
  EXPECT_EQ(missing, 0);
}

TEST(ReadyKeys, WithoutAnybodyToRefillKeepsNone) {
  ReadyKeys keys;
  keys.expect_all();
  EXPECT_EQ(keys.take(KeyKind::kRsa2048).kind(), KeyKind::kRsa2048);
  keys.refill();
  EXPECT_EQ(keys.ready(KeyKind::kRsa2048), 0u);
}

TEST(ReadyKeys, StopEndsTheMaking) {
  ReadyKeys keys(1'000'000, [] {});
  keys.expect_all();
  std::thread maker([&keys] { keys.refill(); });
  while (keys.ready(KeyKind::kRsa2048) == 0) std::this_thread::yield();
  keys.stop();
  maker.join();
  const std::size_t made = keys.ready(KeyKind::kRsa2048);
  keys.refill();
  EXPECT_EQ(keys.ready(KeyKind::kRsa2048), made);
}

TEST(ReadyKeys, MayBeTakenAndRefilledAtOnce) {
  ReadyKeys keys(2, [] {});
  std::thread maker([&keys] {
    for (int i = 0; i < 5; ++i) keys.refill();
  });
  for (int i = 0; i < 5; ++i) EXPECT_EQ(keys.take(KeyKind::kRsa2048).kind(), KeyKind::kRsa2048);
  maker.join();
}

}  // namespace
}  // namespace claviger::hsm
