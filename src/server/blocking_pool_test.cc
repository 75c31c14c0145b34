#include "server/blocking_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <optional>
#include <set>
#include <thread>

namespace claviger::server {
namespace {

// Work that holds a thread of the pool until it is let go.
struct Gate {
  std::promise<void> entered;
  std::promise<void> open;

  std::move_only_function<void()> work() {
    return [this] {
      entered.set_value();
      open.get_future().wait();
    };
  }
};

TEST(BlockingPool, RunsWorkOnThreadsOfItsOwn) {
  BlockingPool pool(2, 10);
  std::promise<std::thread::id> id;
  ASSERT_TRUE(pool.submit([&] { id.set_value(std::this_thread::get_id()); }));
  EXPECT_NE(id.get_future().get(), std::this_thread::get_id());
}

TEST(BlockingPool, RunsAsManyAtOnceAsItHasThreads) {
  Gate first;
  Gate second;
  BlockingPool pool(2, 10);
  ASSERT_TRUE(pool.submit(first.work()));
  ASSERT_TRUE(pool.submit(second.work()));
  first.entered.get_future().wait();
  second.entered.get_future().wait();
  first.open.set_value();
  second.open.set_value();
}

TEST(BlockingPool, RefusesWhatGoesBeyondItsQueueAndTakesMoreAfterwards) {
  Gate gate;
  std::atomic<int> run = 0;
  std::promise<void> last;
  {
    BlockingPool pool(1, 2);
    ASSERT_TRUE(pool.submit(gate.work()));
    gate.entered.get_future().wait();
    EXPECT_TRUE(pool.submit([&] { ++run; }));
    EXPECT_TRUE(pool.submit([&] {
      ++run;
      last.set_value();
    }));
    EXPECT_FALSE(pool.submit([&] { run += 100; }));
    gate.open.set_value();
    last.get_future().wait();
    EXPECT_TRUE(pool.submit([&] { ++run; }));
  }
  EXPECT_EQ(run, 3);
}

TEST(BlockingPool, DestructionRunsWhatWasAccepted) {
  Gate gate;
  std::atomic<int> run = 0;
  std::optional<BlockingPool> pool(std::in_place, 1, 100);
  ASSERT_TRUE(pool->submit(gate.work()));
  gate.entered.get_future().wait();
  for (int i = 0; i < 50; ++i) ASSERT_TRUE(pool->submit([&] { ++run; }));
  gate.open.set_value();
  pool.reset();
  EXPECT_EQ(run, 50);
}

TEST(BlockingPool, WorkIsDestroyedBeforeTheNextIsTaken) {
  BlockingPool pool(1, 10);
  const auto held = std::make_shared<int>(0);
  ASSERT_TRUE(pool.submit([held] {}));
  std::promise<long> uses;
  ASSERT_TRUE(pool.submit([&] { uses.set_value(held.use_count()); }));
  EXPECT_EQ(uses.get_future().get(), 1);
}

}  // namespace
}  // namespace claviger::server
