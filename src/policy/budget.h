// How much work one decision may cost.
#pragma once

#include <cstdint>

namespace claviger::policy {

// Counts steps, each about a nanosecond, so that no policy and no request can hold an event loop: who writes a policy
// is not who waits for it. Not thread-safe; one for each decision.
class Budget final {
 public:
  explicit Budget(std::uint32_t steps) : left_(steps) {}

  // False when nothing is left; then the decision is a refusal, whatever was found so far.
  bool spend(std::uint64_t steps) {
    if (steps > left_) {
      left_ = 0;
      exhausted_ = true;
      return false;
    }
    left_ -= static_cast<std::uint32_t>(steps);
    return true;
  }
  bool exhausted() const { return exhausted_; }
  std::uint32_t left() const { return left_; }

 private:
  std::uint32_t left_;
  bool exhausted_ = false;
};

}  // namespace claviger::policy
