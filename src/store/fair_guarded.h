// Shared mutable state behind a lock that is granted in order of arrival, and not waited for for ever.
#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <utility>

namespace claviger::store {

// Grants itself first come, first served: a thread that asks again right after it let go waits
// behind everybody who asked before, which std::mutex does not promise. So neither the writer nor a
// stream of readers can keep the others out.
class FairMutex final {
 public:
  using Limit = std::chrono::milliseconds;

  void lock() {
    std::unique_lock<std::mutex> guard(mutex_);
    if (take_if_free()) return;
    Waiter self;
    waiters_.push_back(&self);
    self.turn.wait(guard, [&self] { return self.granted; });
  }

  // As lock(), but false without the lock once this caller has waited for `limit`, or somebody has held it for so long:
  // so those who come while a holder is stuck are told at once.
  [[nodiscard]] bool lock_within(Limit limit) {
    std::unique_lock<std::mutex> guard(mutex_);
    if (take_if_free()) return true;
    Waiter self;
    waiters_.push_back(&self);
    const Time until = std::min(Steady::now(), held_since_) + limit;
    if (self.turn.wait_until(guard, until, [&self] { return self.granted; })) return true;
    std::erase(waiters_, &self);
    return false;
  }

  void unlock() {
    std::lock_guard<std::mutex> guard(mutex_);
    if (waiters_.empty()) {
      held_ = false;
      return;
    }
    Waiter* next = waiters_.front();
    waiters_.pop_front();
    next->granted = true;
    held_since_ = Steady::now();
    // Under mutex_: the waiter lives on its thread's stack and may be gone once that is free.
    next->turn.notify_one();
  }

  // Whether the one who holds it has done so for `limit`.
  [[nodiscard]] bool is_held_for(Limit limit) const {
    std::lock_guard<std::mutex> guard(mutex_);
    return held_ && Steady::now() - held_since_ >= limit;
  }

 private:
  using Steady = std::chrono::steady_clock;
  using Time = Steady::time_point;
  struct Waiter {
    std::condition_variable turn;
    bool granted = false;
  };

  bool take_if_free() {
    if (held_) return false;
    held_ = true;
    held_since_ = Steady::now();
    return true;
  }

  mutable std::mutex mutex_;  // guards all below
  bool held_ = false;
  Time held_since_{};
  std::deque<Waiter*> waiters_;
};

// As Guarded of base/guarded.h, with a FairMutex.
template <class T>
class FairGuarded final {
 public:
  template <class... Args>
  explicit FairGuarded(Args&&... args) : value_(std::forward<Args>(args)...) {}
  FairGuarded(const FairGuarded&) = delete;
  FairGuarded& operator=(const FairGuarded&) = delete;

  template <class F>
  decltype(auto) with(F&& use) {
    std::lock_guard<FairMutex> lock(mutex_);
    return std::forward<F>(use)(value_);
  }

  // As with(); false, and nothing was used, when FairMutex::lock_within() gives up. What `use` returns is dropped.
  template <class F>
  [[nodiscard]] bool with_within(FairMutex::Limit limit, F&& use) {
    if (!mutex_.lock_within(limit)) return false;
    std::lock_guard<FairMutex> lock(mutex_, std::adopt_lock);
    std::forward<F>(use)(value_);
    return true;
  }

  // Whether somebody has used it for so long.
  [[nodiscard]] bool is_used_for(FairMutex::Limit limit) const { return mutex_.is_held_for(limit); }

 private:
  FairMutex mutex_;
  T value_;
};

}  // namespace claviger::store
