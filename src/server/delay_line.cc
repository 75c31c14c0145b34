#include "server/delay_line.h"

#include <utility>

namespace claviger::server {

DelayLine::DelayLine() : thread_([this] { run(); }) {}

DelayLine::~DelayLine() { stop(); }

void DelayLine::after(std::chrono::milliseconds delay, Work work) {
  {
    std::lock_guard lock(mutex_);
    if (!stopping_) {
      const auto at = waiting_.emplace(std::chrono::steady_clock::now() + delay, std::move(work));
      // The thread waits for the first of all anyway.
      if (at == waiting_.begin()) wake_.notify_all();
      return;
    }
  }
  work();
}

void DelayLine::stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void DelayLine::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_ || !waiting_.empty()) {
    if (waiting_.empty()) {
      wake_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
      continue;
    }
    const auto first = waiting_.begin();
    if (!stopping_ && first->first > std::chrono::steady_clock::now()) {
      // Something sooner may come meanwhile.
      wake_.wait_until(lock, std::chrono::steady_clock::time_point(first->first));
      continue;
    }
    Work work = std::move(first->second);
    waiting_.erase(first);
    lock.unlock();
    work();
    lock.lock();
  }
}

}  // namespace claviger::server
