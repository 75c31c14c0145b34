// What a log directory holds at start.
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "audit/directory.h"
#include "audit/file_log.h"

namespace claviger::audit {

// The request ids with an intent that no event has closed yet, and where the oldest of it stands.
class IntentTracker final {
 public:
  void saw(FrameKind kind, std::string_view request_id, std::uint64_t segment) {
    if (kind == FrameKind::kIntent) open_.try_emplace(std::string(request_id), segment);
    if (kind == FrameKind::kEvent && !open_.empty()) {
      if (const auto found = open_.find(request_id); found != open_.end()) open_.erase(found);
    }
  }
  // The segment of the oldest open intent, or `current`.
  std::uint64_t oldest_segment(std::uint64_t current) const {
    for (const auto& [request_id, segment] : open_) current = std::min(current, segment);
    return current;
  }
  bool empty() const { return open_.empty(); }
  std::size_t size() const { return open_.size(); }

 private:
  std::map<std::string, std::uint64_t, std::less<>> open_;
};

struct Recovered {
  Head head;                            // the newest; its generation counts on
  std::optional<SegmentHeader> header;  // of the last segment; none: there is none yet
  std::uint64_t end = 0;                // in the last segment
  std::uint64_t dirty_end = 0;          // what stands between is an incomplete write: to be cut off
  Sequence last_sequence = 0;
  ChainHash chain{};
  std::uint64_t anchor = 0;
  bool closed = false;  // the last segment has its signed end
  IntentTracker tracker;
  std::vector<OpenIntent> open_intents;
};

// Reads and changes nothing. nullopt: there is no log yet. Errors as FileLog::open().
[[nodiscard]] Result<std::optional<Recovered>> recover(Files& files, const std::string& directory,
                                                       const Verifier& verifier);

}  // namespace claviger::audit
