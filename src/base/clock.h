// Time is injected: nothing but SystemClock asks the operating system for it.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>

namespace claviger {

// Milliseconds since the Unix epoch, UTC.
using WallTime = std::chrono::time_point<std::chrono::system_clock, std::chrono::milliseconds>;

// What time it is. Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual WallTime now() const = 0;
};

class SystemClock final : public Clock {
 public:
  WallTime now() const override;
};

// A clock that stands still until it is moved.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(WallTime start) : millis_(start.time_since_epoch().count()) {}
  WallTime now() const override { return WallTime(std::chrono::milliseconds(millis_.load())); }
  void advance(std::chrono::milliseconds by) { millis_ += by.count(); }
  void set(WallTime time) { millis_ = time.time_since_epoch().count(); }

 private:
  std::atomic<std::int64_t> millis_;
};

inline std::int64_t to_millis(WallTime time) { return time.time_since_epoch().count(); }
inline WallTime from_millis(std::int64_t millis) { return WallTime(std::chrono::milliseconds(millis)); }

// `2026-01-31T23:59:59Z`
std::string format_iso8601(WallTime time);
// `20260131T235959Z`, the form of x-amz-date.
std::string format_basic_iso8601(WallTime time);

}  // namespace claviger
