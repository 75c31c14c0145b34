#include "base/scheduling.h"

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <thread>
#include <utility>

namespace claviger {
namespace {

// Policy and niceness of a thread of its own after `wish`.
std::pair<int, int> after(void (*wish)()) {
  std::pair<int, int> result;
  std::jthread([&] {
    wish();
    result = {sched_getscheduler(0), getpriority(PRIO_PROCESS, static_cast<id_t>(gettid()))};
  }).join();
  return result;
}

TEST(Scheduling, WhoGivesWayInterruptsNobodyAndWeighsLess) {
  const int before = getpriority(PRIO_PROCESS, static_cast<id_t>(gettid()));
  const auto [policy, nice] = after(give_way);
  EXPECT_EQ(policy, SCHED_BATCH);
  EXPECT_EQ(nice, std::max(before, 10));
  EXPECT_EQ(getpriority(PRIO_PROCESS, static_cast<id_t>(gettid())), before) << "the thread alone";
}

TEST(Scheduling, ThroughputKeepsTheWeight) {
  const int before = getpriority(PRIO_PROCESS, static_cast<id_t>(gettid()));
  const auto [policy, nice] = after(prefer_throughput);
  EXPECT_TRUE(policy == SCHED_OTHER || policy == SCHED_BATCH) << policy;
  EXPECT_EQ(nice, before);
}

TEST(Scheduling, WhoWasStartedForThroughputCanGiveWay) {
  const auto [policy, nice] = after([] {
    prefer_throughput();
    give_way();
  });
  EXPECT_EQ(policy, SCHED_BATCH);
  EXPECT_GE(nice, 10);
}

}  // namespace
}  // namespace claviger
