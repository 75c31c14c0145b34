// Tells those who wait for too long, without a timer for each.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>

namespace claviger::server {

// Thread-safe.
class Overdue final {
 public:
  class Waiter {
   public:
    virtual ~Waiter() = default;
    // Called at most once, from the thread of an Overdue. Must not block.
    virtual void be_late() = 0;
  };

  // `limit` is at least 8 ms.
  explicit Overdue(std::chrono::milliseconds limit);
  // As stop().
  ~Overdue();
  Overdue(const Overdue&) = delete;
  Overdue& operator=(const Overdue&) = delete;

  // `waiter` is late when it is still there between 7/8 of the limit from now and the limit.
  void watch(std::weak_ptr<Waiter> waiter);
  // Nobody is told any more when this returns. One caller at a time; not from be_late().
  void stop();

 private:
  using Time = std::chrono::steady_clock::time_point;
  struct Watched {
    std::weak_ptr<Waiter> waiter;
    Time late_at;
  };

  void run();
  // Under the lock: the next that is late, without those that have gone; null when there is none yet.
  std::shared_ptr<Waiter> take_late(Time now);

  // Looks are so far apart, and take for late who would be so before the next.
  const std::chrono::milliseconds interval_;
  const std::chrono::milliseconds limit_;
  std::mutex mutex_;  // guards all below
  std::condition_variable wake_;
  std::deque<Watched> watched_;  // by late_at
  bool has_nothing_ = false;     // the thread sleeps until somebody is watched
  bool stopping_ = false;
  std::thread thread_;  // last: it uses everything above
};

}  // namespace claviger::server
