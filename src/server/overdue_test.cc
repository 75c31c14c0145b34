#include "server/overdue.h"

#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <vector>

namespace claviger::server {
namespace {

using namespace std::chrono_literals;

struct TestWaiter final : Overdue::Waiter {
  void be_late() override { late.set_value(); }
  std::promise<void> late;
};

TEST(Overdue, TellsEverybodyWhoWaitsForTooLongOnce) {
  Overdue overdue(8ms);
  // Twice: after it has had nothing to do, too. A second call for one would throw.
  for (int round = 0; round < 2; ++round) {
    std::vector<std::shared_ptr<TestWaiter>> waiters;
    for (int i = 0; i < 3; ++i) overdue.watch(waiters.emplace_back(std::make_shared<TestWaiter>()));
    for (const auto& waiter : waiters) waiter->late.get_future().wait();
  }
}

TEST(Overdue, ForgetsThoseWhoHaveGone) {
  Overdue overdue(8ms);
  auto gone = std::make_shared<TestWaiter>();
  const std::weak_ptr<TestWaiter> trace = gone;
  const auto waiter = std::make_shared<TestWaiter>();
  overdue.watch(gone);
  gone.reset();
  EXPECT_TRUE(trace.expired()) << "it is watched, not kept";
  overdue.watch(waiter);
  waiter->late.get_future().wait();
}

TEST(Overdue, TellsNobodyBeforeTheTime) {
  const auto waiter = std::make_shared<TestWaiter>();
  {
    Overdue overdue(1h);
    overdue.watch(waiter);
  }
  EXPECT_EQ(waiter->late.get_future().wait_for(0s), std::future_status::timeout);
}

}  // namespace
}  // namespace claviger::server
