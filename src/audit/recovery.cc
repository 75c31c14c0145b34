#include "audit/recovery.h"

#include <fmt/format.h>

#include <algorithm>

#include "audit/segment_scan.h"

namespace claviger::audit {
namespace {

std::unexpected<Error> corrupt(std::string_view file, std::uint64_t offset, std::string_view why) {
  return fail(Error::corrupt(fmt::format("audit log: {} at byte {}: {}", file, offset, why)));
}

// The newer of the two slots. A crash can tear one of them, never both.
Result<std::optional<Head>> read_head(Files& files, const std::string& directory, const Verifier& verifier) {
  const Result<Bytes> bytes = read_file(files, join_path(directory, kHeadName), kHeadFileBytes);
  if (!bytes && bytes.error().code() == ErrorCode::kNotFound) return std::nullopt;
  if (!bytes) return fail(bytes.error());
  if (bytes->size() != kHeadFileBytes) return corrupt(kHeadName, 0, "wrong size");
  std::optional<Head> newest;
  for (std::size_t offset = 0; offset < kHeadFileBytes; offset += kHeadSlotBytes) {
    Signed signature;
    const auto head = parse_head(ByteSpan(*bytes).subspan(offset, kHeadSlotBytes), signature);
    if (!head || !verifier.verify(signature.message, signature.signature)) continue;
    if (!newest || head->generation > newest->generation) newest = head;
  }
  if (!newest) return corrupt(kHeadName, 0, "no signed record of the log's end");
  return newest;
}

// Walks segments in order and checks that each continues the one before it.
class Replay final {
 public:
  Replay(Files& files, const std::string& directory, const Verifier& verifier, Recovered& state)
      : files_(files), directory_(directory), verifier_(verifier), state_(state) {}

  // Reads the segments from the one that the last one's header names, to the last.
  Status run(std::uint64_t last) {
    CLAVIGER_ASSIGN(const SegmentHeader last_header, read_header(last));
    CLAVIGER_ASSIGN(SegmentHeader header, read_header(last_header.replay_from));
    for (std::uint64_t number = header.number; number < last; ++number) {
      CLAVIGER_ASSIGN(SegmentHeader next, read_header(number + 1));
      CLAVIGER_TRY(walk(header, next.previous_end));
      if (next.first_sequence != state_.last_sequence + 1 || next.previous_chain != state_.chain) {
        return corrupt(segment_name(next.number), 0, "does not continue the segment before it");
      }
      header = next;
    }
    CLAVIGER_TRY(walk(header, std::nullopt));
    state_.header = header;
    state_.open_intents = std::move(intents_);
    return {};
  }

 private:
  Result<SegmentHeader> read_header(std::uint64_t number) {
    const std::string name = segment_name(number);
    CLAVIGER_ASSIGN(const Bytes bytes, read_prefix(files_, join_path(directory_, name), kSegmentHeaderBytes));
    Signed signature;
    const auto header = parse_segment_header(bytes, signature);
    if (!header || !verifier_.verify(signature.message, signature.signature)) {
      return corrupt(name, 0, "the header is damaged or not signed by this server's key");
    }
    if (header->number != number || header->log_id != state_.head.log_id) {
      return corrupt(name, 0, "the header belongs to another segment or log");
    }
    return *header;
  }

  Status walk(const SegmentHeader& header, std::optional<std::uint64_t> limit) {
    const std::string name = segment_name(header.number);
    if (state_.head.sequence == header.first_sequence - 1 && state_.head.chain != header.previous_chain) {
      return corrupt(name, 0, "does not continue the chain that the head signs");
    }
    state_.anchor = std::max(state_.anchor, header.anchor);
    CLAVIGER_ASSIGN(const Bytes bytes, read_file(files_, join_path(directory_, name), kMaxSegmentBytes));
    bool forked = false;
    const Scan scan = scan_segment(bytes, header, limit, [&](const FrameView& frame, std::uint64_t) {
      forked = frame.sequence == state_.head.sequence && frame.chain != state_.head.chain;
      if (forked) return false;
      state_.anchor = std::max(state_.anchor, frame.anchor);
      state_.tracker.saw(frame.kind, frame.request_id, header.number);
      if (frame.kind == FrameKind::kIntent) {
        intents_.push_back(
            {frame.sequence, frame.time, std::string(frame.request_id), std::string(as_text(frame.payload))});
      }
      if (frame.kind == FrameKind::kEvent && !intents_.empty()) {
        std::erase_if(intents_, [&](const OpenIntent& intent) { return intent.request_id == frame.request_id; });
      }
      return true;
    });
    if (forked) return corrupt(name, scan.end, "the head signs another frame of this sequence");
    if (scan.tail == Tail::kDamaged) return corrupt(name, scan.end, scan.why);
    state_.end = scan.end;
    state_.dirty_end = scan.dirty_end;
    state_.last_sequence = scan.last_sequence;
    state_.chain = scan.chain;
    state_.closed = scan.closed;
    return {};
  }

  Files& files_;
  const std::string& directory_;
  const Verifier& verifier_;
  Recovered& state_;
  std::vector<OpenIntent> intents_;
};

Status check_against_head(const Recovered& state) {
  const Head& head = state.head;
  if (state.last_sequence < head.sequence) {
    return fail(Error::corrupt(fmt::format("audit log: ends at sequence {}, but {} was signed as its end",
                                           state.last_sequence, head.sequence)));
  }
  const bool exact = head.sequence == state.last_sequence && head.segment == state.header->number &&
                     head.end == state.end && state.dirty_end == state.end;
  if (head.state == HeadState::kClosed && !exact) {
    return fail(Error::corrupt("audit log: does not end where it was signed when the server stopped"));
  }
  return {};
}

}  // namespace

Result<std::optional<Recovered>> recover(Files& files, const std::string& directory, const Verifier& verifier) {
  CLAVIGER_ASSIGN(const std::vector<std::uint64_t> segments, list_segments(files, directory));
  CLAVIGER_ASSIGN(const std::optional<Head> head, read_head(files, directory, verifier));
  if (!head) {
    // The head is made before the first segment.
    if (!segments.empty()) return corrupt(kHeadName, 0, "missing");
    return std::nullopt;
  }
  Recovered state;
  state.head = *head;
  state.anchor = head->anchor;
  for (std::size_t i = 0; i < segments.size(); ++i) {
    if (segments[i] != i + 1) return corrupt(segment_name(i + 1), 0, "missing");
  }
  if (segments.size() < head->segment) return corrupt(segment_name(head->segment), 0, "missing");
  if (segments.empty()) return state;
  CLAVIGER_TRY(Replay(files, directory, verifier, state).run(segments.back()));
  CLAVIGER_TRY(check_against_head(state));
  return state;
}

}  // namespace claviger::audit
