#include "store/fair_guarded.h"

#include <gtest/gtest.h>

#include <future>
#include <thread>

namespace claviger::store {
namespace {

using namespace std::chrono_literals;

TEST(FairMutex, WaiterThatGaveUpIsPassedOver) {
  FairMutex mutex;
  mutex.lock();
  EXPECT_FALSE(mutex.is_held_for(1h));
  EXPECT_TRUE(mutex.is_held_for(0ms));
  std::async(std::launch::async, [&] { EXPECT_FALSE(mutex.lock_within(1ms)); }).get();
  auto patient = std::async(std::launch::async, [&] {
    mutex.lock();
    mutex.unlock();
  });
  mutex.unlock();
  patient.get();
  EXPECT_FALSE(mutex.is_held_for(0ms)) << "nobody holds it";
  ASSERT_TRUE(mutex.lock_within(0ms));
  mutex.unlock();
}

TEST(FairMutex, WaiterIsGrantedItInTime) {
  FairMutex mutex;
  mutex.lock();
  std::promise<void> started;
  auto waiter = std::async(std::launch::async, [&] {
    started.set_value();
    const bool granted = mutex.lock_within(1h);
    if (granted) mutex.unlock();
    return granted;
  });
  started.get_future().wait();
  mutex.unlock();
  EXPECT_TRUE(waiter.get());
}

TEST(FairGuarded, NothingIsUsedAfterGivingUp) {
  FairGuarded<int> value(1);
  std::promise<void> entered;
  std::promise<void> leave;
  auto holder = std::async(std::launch::async, [&] {
    value.with([&](int&) {
      entered.set_value();
      leave.get_future().wait();
    });
  });
  entered.get_future().wait();
  EXPECT_FALSE(value.with_within(1ms, [](int& held) { held = 2; }));
  EXPECT_TRUE(value.is_used_for(1ms));
  leave.set_value();
  holder.get();
  EXPECT_EQ(value.with([](int& held) { return held; }), 1);
  EXPECT_TRUE(value.with_within(1h, [](int& held) { held = 3; }));
  EXPECT_EQ(value.with([](int& held) { return held; }), 3);
}

}  // namespace
}  // namespace claviger::store
