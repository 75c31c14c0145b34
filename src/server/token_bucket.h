// A limit on a rate that threads share without a lock.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <limits>

namespace claviger::server {

// So many a second, and at once what comes in one second, but always one. Kept as the instant at which the bucket would
// be full again (the generic cell rate algorithm, ITU-T I.371), so that taking is one exchange of a number.
// Thread-safe; alone on its cache line, so that buckets of others cost it nothing.
class alignas(64) TokenBucket final {
 public:
  // On a clock that never goes back.
  using Time = std::chrono::steady_clock::time_point;

  // Full. `per_second` is from kMinRate to kMaxRate (server/quota_rules.h).
  explicit TokenBucket(double per_second)
      : interval_(static_cast<std::int64_t>(1e9 / per_second)), capacity_(std::max<std::int64_t>(1e9, interval_)) {}

  // Takes one; false when there is none, and nothing changed.
  bool take(Time now) {
    const std::int64_t time = std::chrono::nanoseconds(now.time_since_epoch()).count();
    std::int64_t full_at = full_at_.load(std::memory_order_relaxed);
    while (true) {
      const std::int64_t next = std::max(full_at, time) + interval_;
      if (next - time > capacity_) return false;
      if (full_at_.compare_exchange_weak(full_at, next, std::memory_order_relaxed)) return true;
    }
  }

 private:
  std::atomic<std::int64_t> full_at_ = std::numeric_limits<std::int64_t>::min() / 2;
  const std::int64_t interval_;  // nanoseconds
  const std::int64_t capacity_;
};

}  // namespace claviger::server
