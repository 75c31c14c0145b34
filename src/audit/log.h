// What the server needs of an audit log: append a record and be told when it is durable.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace claviger::audit {

// The place of a frame in the log, counted from 1 without gaps.
using Sequence = std::uint64_t;

enum class FrameKind : std::uint8_t {
  kEvent = 1,       // a finished call: a CloudTrail record for each account that it concerns
  kIntent = 2,      // a change that is about to be committed; its event follows
  kSegmentEnd = 3,  // the signed digest of a closed segment; written by the log itself
};

inline constexpr std::size_t kMaxRequestIdBytes = 64;
inline constexpr std::size_t kMaxPayloadBytes = 1664 * 1024;

struct Frame {
  FrameKind kind = FrameKind::kEvent;  // kEvent or kIntent
  std::string request_id;              // at most kMaxRequestIdBytes; may be empty for events without a request
  std::uint64_t anchor = 0;            // the newest durable revision of the store that is known
  std::string json;                    // at most kMaxPayloadBytes; see docs/formats/audit-log.md
};

// The sequence once the frame is durable. Else: kIo, when the log cannot be written: the frame will
// not be in it, unless this process dies before the log goes on. kUnknownOutcome, when the frame was
// not durable within the deadline: it may yet come into the log. kInternal, when the frame is out of
// bounds.
using AppendDone = std::move_only_function<void(Result<Sequence>)>;

// A frame on its way into the log, owned by whoever appends it together with what comes afterwards: so an append costs
// neither a copy nor an allocation.
class Entry {
 public:
  virtual ~Entry() = default;
  // As AppendDone, which see for the outcomes.
  virtual void appended(Result<Sequence> sequence) = 0;

  // Not to be touched from append() on; after a success, from appended() on, it is the owner's again.
  Frame frame;
};

// An intent without an event of the same request id behind it.
struct OpenIntent {
  Sequence sequence = 0;
  WallTime time;
  std::string request_id;
  std::string json;
};

// Thread-safe.
class Log {
 public:
  virtual ~Log() = default;

  // Takes the entries, which are not null, out of `entries`, queues their frames in that order and returns; never
  // blocks for the disk. Of each entry `appended` is called exactly once, from a thread of the log, never from within
  // append(). It must not block, and must not destroy the log. Frames appended by one thread keep their order. The log
  // lets go of an entry right after that call, unless the outcome is unknown.
  virtual void append(std::span<std::shared_ptr<Entry>> entries) = 0;
  // The same for one.
  void append(std::shared_ptr<Entry> entry) { append(std::span(&entry, 1)); }
  // The same for a frame alone.
  void append(Frame frame, AppendDone done);

  // The intents that were open when the log was opened, by sequence. An event closes every intent
  // of its request id that stands before it.
  virtual const std::vector<OpenIntent>& open_intents() const = 0;

  // The newest store revision that any durable frame names. A store older than this was rolled
  // back.
  virtual std::uint64_t last_anchor() const = 0;

  // Empty while the log works; else why appends fail.
  virtual std::string failure() const = 0;
};

}  // namespace claviger::audit
