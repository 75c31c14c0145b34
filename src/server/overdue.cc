#include "server/overdue.h"

#include <utility>

#include "base/check.h"

namespace claviger::server {

Overdue::Overdue(std::chrono::milliseconds limit) : interval_(limit / 8), limit_(limit) {
  CLAVIGER_CHECK(interval_.count() > 0);
  thread_ = std::thread([this] { run(); });
}

Overdue::~Overdue() { stop(); }

void Overdue::watch(std::weak_ptr<Waiter> waiter) {
  bool wake = false;
  {
    std::lock_guard lock(mutex_);
    // Most have gone long before they are late, in about the order in which they came.
    while (!watched_.empty() && watched_.front().waiter.expired()) watched_.pop_front();
    watched_.push_back({std::move(waiter), std::chrono::steady_clock::now() + limit_ - interval_});
    wake = std::exchange(has_nothing_, false);
  }
  if (wake) wake_.notify_one();
}

void Overdue::stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

std::shared_ptr<Overdue::Waiter> Overdue::take_late(Time now) {
  while (!watched_.empty()) {
    const bool gone = watched_.front().waiter.expired();
    if (!gone && watched_.front().late_at > now) return nullptr;
    std::shared_ptr<Waiter> waiter = gone ? nullptr : watched_.front().waiter.lock();
    watched_.pop_front();
    if (waiter) return waiter;
  }
  return nullptr;
}

void Overdue::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (watched_.empty()) {
      has_nothing_ = true;
      wake_.wait(lock, [this] { return stopping_ || !has_nothing_; });
      continue;
    }
    wake_.wait_for(lock, interval_, [this] { return stopping_; });
    const Time now = std::chrono::steady_clock::now();
    while (!stopping_) {
      std::shared_ptr<Waiter> late = take_late(now);
      if (!late) break;
      lock.unlock();
      late->be_late();
      late = nullptr;  // it may be the last to hold it
      lock.lock();
    }
  }
}

}  // namespace claviger::server
