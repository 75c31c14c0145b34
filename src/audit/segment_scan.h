// Walks the frames of one segment and judges what it finds at their end. Start-up, verify() and
// the reader share it, so that they agree on what belongs to the log.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "audit/format.h"

namespace claviger::audit {

enum class Tail : std::uint8_t {
  kClean,    // zeros only, or the end that the next segment's header names
  kTorn,     // an incomplete last write: nothing behind it was ever acknowledged
  kDamaged,  // anything else
};

struct Scan {
  Tail tail = Tail::kClean;
  std::string why;              // when damaged
  std::uint64_t end = 0;        // behind the last good frame
  std::uint64_t dirty_end = 0;  // behind the last byte that is not zero, at least `end`; `end` where a misfit or
                                // `on_frame` ended the walk
  Sequence last_sequence = 0;   // of the last good frame, or of the one before the segment
  ChainHash chain{};            // of the same
  bool closed = false;          // the last good frame is a kSegmentEnd
};

// False ends the walk.
using OnFrame = std::function<bool(const FrameView& frame, std::uint64_t offset)>;

// Walks a whole segment file behind its parsed header. `limit`: where the next segment's header
// says that the frames end; none for the last segment. Views given to `on_frame` point into `file`.
Scan scan_segment(ByteSpan file, const SegmentHeader& header, std::optional<std::uint64_t> limit,
                  const OnFrame& on_frame);

}  // namespace claviger::audit
