// Shared mutable state behind a lock that is granted in order of arrival.
#pragma once

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
  void lock() {
    std::unique_lock<std::mutex> guard(mutex_);
    if (!held_) {
      held_ = true;
      return;
    }
    Waiter self;
    waiters_.push_back(&self);
    self.turn.wait(guard, [&self] { return self.granted; });
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
    // Under mutex_: the waiter lives on its thread's stack and may be gone once that is free.
    next->turn.notify_one();
  }

 private:
  struct Waiter {
    std::condition_variable turn;
    bool granted = false;
  };

  std::mutex mutex_;
  bool held_ = false;            // guarded by mutex_
  std::deque<Waiter*> waiters_;  // guarded by mutex_
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

 private:
  FairMutex mutex_;
  T value_;
};

}  // namespace claviger::store
