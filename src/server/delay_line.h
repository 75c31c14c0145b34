// Work that is to be done later, without a thread that waits for each.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <thread>

namespace claviger::server {

// Thread-safe.
class DelayLine final {
 public:
  using Work = std::move_only_function<void()>;

  DelayLine();
  // As stop().
  ~DelayLine();
  DelayLine(const DelayLine&) = delete;
  DelayLine& operator=(const DelayLine&) = delete;

  // Calls `work`, which must not block, on the line's thread after `delay`; at once, on the caller's, after stop().
  void after(std::chrono::milliseconds delay, Work work);
  // Does at once what is waiting, and returns when all of it is done.
  void stop();

 private:
  void run();

  std::mutex mutex_;  // guards the three below
  std::condition_variable wake_;
  std::multimap<std::chrono::steady_clock::time_point, Work> waiting_;
  bool stopping_ = false;
  std::jthread thread_;
};

}  // namespace claviger::server
