// The clock of a development server, which can be moved forward, and stays moved when the server starts again.
#pragma once

#include <chrono>
#include <string_view>
#include <variant>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "base/shifted_clock.h"
#include "server/deployment.h"
#include "server/recorder.h"
#include "store/store.h"

namespace claviger::server {

// The store key of how far the clock is ahead, and its form: docs/formats/clock-offset.md.
inline constexpr std::string_view kClockOffsetKey = "clock-offset";
Bytes encode_clock_offset(std::chrono::milliseconds offset);
// kCorrupt for anything that encode_clock_offset() does not make of an offset that is not negative.
[[nodiscard]] Result<std::chrono::milliseconds> decode_clock_offset(ByteSpan bytes);

// The clock moves no further: dates have four digits for the year, and what is due lies after now.
inline constexpr WallTime kLatestTime = std::chrono::sys_days(std::chrono::year(3000) / 1 / 1);

// By a time, or to one.
using ClockMove = std::variant<std::chrono::milliseconds, WallTime>;

// How far ahead of the real time `real` the clock is after `move`, when it was `offset` ahead. kValidation for a move
// that is backward or not at all, and beyond kLatestTime.
[[nodiscard]] Result<std::chrono::milliseconds> moved_offset(const ClockMove& move, WallTime real,
                                                             std::chrono::milliseconds offset);
// The same for a seed, which may be applied again: the clock is at least so far ahead of `real`, or at that time, and
// stays where it is if it is that already.
[[nodiscard]] Result<std::chrono::milliseconds> ensured_offset(const ClockMove& floor, WallTime real,
                                                               std::chrono::milliseconds offset);

// kValidation when the clock of this store was moved: who serves real clients by the real time would go back in time.
// The errors of the store.
[[nodiscard]] Status refuse_moved_clock(store::Store& store);

// Moves a clock: the store remembers how far it is ahead, the audit log has the service event `MoveClock`.
// One caller at a time, who may block.
class ClockMover final {
 public:
  // All outlive this. `clock` is ahead of `real`.
  ClockMover(store::Store& store, const Clock& real, ShiftedClock& clock, const Deployment& deployment,
             RandomSource& random)
      : store_(store), real_(real), clock_(clock), deployment_(deployment), random_(random) {}

  // Puts the clock where it was when this store was used last. The errors of the store, kCorrupt.
  [[nodiscard]] Status load();
  // As moved_offset(). After any other error than kUnknownOutcome the clock is where it was, in the store too.
  [[nodiscard]] Status move(Recorder& recorder, const ClockMove& move);
  // As ensured_offset(), before the server serves. kCorrupt when the store was rolled back.
  [[nodiscard]] Status ensure(audit::Log& log, const ClockMove& floor);

  WallTime now() const { return clock_.now(); }
  std::chrono::milliseconds offset() const { return clock_.offset(); }

 private:
  Status set(Recorder& recorder, std::chrono::milliseconds offset);
  std::string event(std::chrono::milliseconds offset, std::string_view event_id, bool done) const;

  store::Store& store_;
  const Clock& real_;
  ShiftedClock& clock_;
  const Deployment& deployment_;
  RandomSource& random_;
};

}  // namespace claviger::server
