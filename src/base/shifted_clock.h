// A clock that can be put ahead of another.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

#include "base/clock.h"

namespace claviger {

// Another clock's time and an offset. Thread-safe; who reads after set_offset() returned sees the new time.
class ShiftedClock final : public Clock {
 public:
  // `base` outlives this. Without an offset at first.
  explicit ShiftedClock(const Clock& base) : base_(base) {}

  WallTime now() const override { return base_.now() + offset(); }
  std::chrono::milliseconds offset() const { return std::chrono::milliseconds(offset_millis_.load()); }
  void set_offset(std::chrono::milliseconds offset) { offset_millis_.store(offset.count()); }

 private:
  const Clock& base_;
  std::atomic<std::int64_t> offset_millis_ = 0;
};

}  // namespace claviger
