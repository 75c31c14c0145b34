// A few threads for work that may wait for a disk, so that event loops never do.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace claviger::server {

// Thread-safe.
class BlockingPool final {
 public:
  // kLow: event loops come first wherever both want a processor.
  enum class Priority : std::uint8_t { kNormal, kLow };

  // `max_queued` bounds what waits, so that slow storage answers errors instead of filling memory.
  BlockingPool(std::size_t threads, std::size_t max_queued, Priority priority = Priority::kNormal);
  // As stop().
  ~BlockingPool();
  BlockingPool(const BlockingPool&) = delete;
  BlockingPool& operator=(const BlockingPool&) = delete;

  // Runs `work` on one of the threads. False, and `work` is not run, when the queue is full or the pool was stopped.
  [[nodiscard]] bool submit(std::move_only_function<void()> work);

  // Runs what was accepted, refuses what comes from now on, and ends the threads. One caller at a time; not from work
  // of the pool.
  void stop();

 private:
  void run();

  const Priority priority_;
  const std::size_t max_queued_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::move_only_function<void()>> queue_;
  bool stopping_ = false;
  std::vector<std::jthread> threads_;  // last: they use everything above
};

}  // namespace claviger::server
