// The writing end of the log directory: knows the last durable frame and nothing of threads,
// queues and deadlines.
#pragma once

#include <memory>
#include <string>

#include "audit/file_log.h"
#include "audit/recovery.h"
#include "audit/segment_reserve.h"

namespace claviger::audit {

// One thread at a time. Every function that fails leaves the position at the last durable frame,
// and the current segment is not written to again: call restart() until it succeeds.
class SegmentWriter final {
 public:
  SegmentWriter(const FileLog::Options& options, const FileLog::Dependencies& dependencies);

  // Recovers the directory, or creates it, and is then ready to write.
  [[nodiscard]] Status open();

  // Adds a frame to the group that the next commit() writes. False, and nothing added, when the
  // group is large enough or the segment has no room: then commit() (or, with an empty group,
  // rotate()) first.
  bool add(const Frame& frame);
  bool group_is_empty() const { return group_.empty(); }
  // Makes the group durable; its first frame has the sequence returned.
  [[nodiscard]] Result<Sequence> commit();
  // Ends the segment with its signed digest and begins the next one.
  [[nodiscard]] Status rotate();
  // Goes on behind the last durable frame in a new segment.
  [[nodiscard]] Status restart();

  // Signs the last durable frame as the log's end. kClosed is made durable too.
  [[nodiscard]] Status write_head(HeadState state);
  bool head_is_stale() const { return head_.sequence != last_.sequence; }

  std::uint64_t anchor() const { return last_.anchor; }
  std::vector<OpenIntent> take_open_intents() { return std::move(open_intents_); }

 private:
  // The last durable frame.
  struct Last {
    Sequence sequence = 0;
    std::uint64_t end = 0;
    ChainHash chain{};
    std::uint64_t anchor = 0;
  };
  struct Added {
    FrameKind kind;
    std::string request_id;
  };

  Status create_head();
  Status adopt(Recovered recovered);
  Status cut_tail(std::uint64_t from, std::uint64_t to);
  Status start_segment();
  Result<std::unique_ptr<File>> new_segment_file(std::uint64_t bytes);
  std::uint64_t bytes_of_segment(std::uint64_t number) const;
  Status write_segment_end();
  Status open_head();
  std::string path(std::string_view name) const { return join_path(options_.directory, name); }

  const FileLog::Options& options_;
  const FileLog::Dependencies& dependencies_;
  crypto::Sha256 hasher_;
  LogId log_id_{};
  std::unique_ptr<File> segment_;
  std::uint64_t segment_number_ = 0;
  std::uint64_t segment_bytes_ = 0;
  bool segment_ended_ = false;
  Last last_;
  Last next_;  // last_ as it will be when the group is durable
  Bytes group_;
  std::vector<Added> tracked_;  // of the group: what the tracker must learn when it is durable
  IntentTracker tracker_;
  std::unique_ptr<File> head_file_;
  Head head_;
  WallTime group_time_;
  std::vector<OpenIntent> open_intents_;
  std::unique_ptr<SegmentReserve> reserve_;  // with Options::prepare_ahead
};

}  // namespace claviger::audit
