// What a development server does wrong because it was told to: calls that fail, are throttled, or take long.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/guarded.h"
#include "base/identifiers.h"
#include "base/result.h"

namespace claviger::server {

inline constexpr std::size_t kMaxFaults = 100;
inline constexpr std::size_t kMaxFaultActions = 64;  // of one fault
inline constexpr std::chrono::milliseconds kMaxFaultDelay{60'000};

// Which calls of KMS it strikes, and how: with an error, a delay, or an error after a delay.
struct Fault {
  std::vector<std::string> actions;    // none: every action
  std::optional<KeyId> key;            // only calls that found this key; in every account and Region
  std::optional<std::uint64_t> count;  // only so many; none: without end
  double share = 1;                    // of the calls that fit: 0.25 strikes every fourth
  std::optional<ErrorCode> error;
  std::string message;  // of the error; empty: what AWS says, where it says always the same
  std::chrono::milliseconds delay{0};
};

// The code of the error that KMS's clients see under that name; nullopt when there is none.
std::optional<ErrorCode> kms_error_named(std::string_view name);

// Thread-safe.
class Faults final {
 public:
  // In place of all there were; they count from nothing.
  void set(std::vector<Fault> faults);

  struct Strike {
    std::optional<Error> error;
    std::chrono::milliseconds delay{0};
  };
  // Of the first fault that strikes this call, which found `keys`. Faults that fit and do not strike, because of their
  // share or count, leave the call to those behind them.
  std::optional<Strike> strike(std::string_view action, std::span<const KeyId> keys);

  struct Report {
    Fault fault;
    std::uint64_t matched = 0;  // calls that it fitted and that no fault before it struck
    std::uint64_t struck = 0;
  };
  std::vector<Report> report() const;

 private:
  Guarded<std::vector<Report>> faults_;
  // Without any a call costs one comparison.
  std::atomic<bool> any_ = false;
};

}  // namespace claviger::server
