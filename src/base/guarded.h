// Shared mutable state that can only be reached under its lock.
#pragma once

#include <mutex>
#include <utility>

namespace claviger {

template <class T>
class Guarded final {
 public:
  template <class... Args>
  explicit Guarded(Args&&... args) : value_(std::forward<Args>(args)...) {}
  Guarded(const Guarded&) = delete;
  Guarded& operator=(const Guarded&) = delete;

  // Runs `use` with the content while the lock is held, and returns what it returns. `use` must not
  // let a reference escape, and must not lock the same Guarded again.
  template <class F>
  decltype(auto) with(F&& use) {
    std::lock_guard<std::mutex> lock(mutex_);
    return std::forward<F>(use)(value_);
  }
  template <class F>
  decltype(auto) with(F&& use) const {
    std::lock_guard<std::mutex> lock(mutex_);
    return std::forward<F>(use)(value_);
  }

 private:
  mutable std::mutex mutex_;
  T value_;
};

}  // namespace claviger
