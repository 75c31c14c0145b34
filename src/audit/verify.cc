#include "audit/verify.h"

#include <algorithm>
#include <array>

#include "audit/event.h"
#include "audit/file_log.h"
#include "audit/recovery.h"
#include "audit/segment_scan.h"

namespace claviger::audit {
namespace {

// How often a running server may change the head while it is being read.
constexpr int kAttempts = 5;

class Verification final {
 public:
  Verification(Files& files, const std::string& directory, const Verifier& verifier)
      : files_(files), directory_(directory), verifier_(verifier) {}

  Result<Report> run(const Bytes& head_bytes, Expected expected) {
    if (!read_heads(head_bytes)) return report_;
    CLAVIGER_ASSIGN(const std::vector<std::uint64_t> segments, list_segments(files_, directory_));
    if (!check_names(segments)) return report_;
    for (std::uint64_t number = 1; number <= segments.size() && !report_.bad; ++number) {
      CLAVIGER_TRY(verify_segment(number, number == segments.size()));
    }
    if (!report_.bad) check_end(expected);
    return report_;
  }

 private:
  bool bad(std::string_view file, std::uint64_t offset, Sequence sequence, std::string_view reason) {
    report_.bad = BadPlace{std::string(file), offset, sequence, std::string(reason)};
    return false;
  }

  bool is_signed(const Signed& signature) const { return verifier_.verify(signature.message, signature.signature); }

  bool read_heads(const Bytes& bytes) {
    if (bytes.size() != kHeadFileBytes) return bad(kHeadName, 0, 0, "the file has the wrong size");
    for (std::size_t slot = 0; slot < heads_.size(); ++slot) {
      const std::uint64_t offset = slot * kHeadSlotBytes;
      Signed signature;
      const auto head = parse_head(ByteSpan(bytes).subspan(offset, kHeadSlotBytes), signature);
      if (!head || head->generation % 2 != slot) return bad(kHeadName, offset, 0, "the record is damaged");
      if (!is_signed(signature)) return bad(kHeadName, offset, 0, "the record's signature is wrong");
      heads_[slot] = *head;
    }
    const bool second_is_newer = heads_[1].generation > heads_[0].generation;
    const Head& older = heads_[second_is_newer ? 0 : 1];
    newest_ = heads_[second_is_newer ? 1 : 0];
    if (older.generation + 1 != newest_.generation || older.log_id != newest_.log_id ||
        older.sequence > newest_.sequence) {
      return bad(kHeadName, 0, 0, "the two records do not follow one another");
    }
    report_.running = newest_.state == HeadState::kRunning;
    return true;
  }

  bool check_names(const std::vector<std::uint64_t>& segments) {
    const std::uint64_t wanted = std::max<std::uint64_t>(newest_.segment, segments.empty() ? 0 : segments.back());
    for (std::uint64_t number = 1; number <= wanted; ++number) {
      if (number > segments.size() || segments[number - 1] != number) {
        return bad(segment_name(number), 0, 0, "the segment is missing");
      }
    }
    if (!report_.running && segments.size() > newest_.segment) {
      return bad(segment_name(newest_.segment + 1), 0, 0, "a segment behind the signed end of the log");
    }
    return true;
  }

  Status verify_segment(std::uint64_t number, bool is_last) {
    const std::string name = segment_name(number);
    std::optional<std::uint64_t> limit;
    if (!is_last) {
      // The next header is judged when its turn comes; a damaged one is reported there.
      const std::string next_name = segment_name(number + 1);
      const Result<Bytes> next = read_prefix(files_, join_path(directory_, next_name), kSegmentHeaderBytes);
      if (!next && next.error().code() == ErrorCode::kIo) return fail(next.error());
      Signed signature;
      const auto header = next ? parse_segment_header(*next, signature) : std::nullopt;
      if (!header || !is_signed(signature)) {
        bad(next_name, 0, 0, "the header is damaged or its signature is wrong");
        return {};
      }
      limit = header->previous_end;
    }
    const Result<Bytes> bytes = read_file(files_, join_path(directory_, name), kMaxSegmentBytes);
    if (!bytes && bytes.error().code() == ErrorCode::kIo) return fail(bytes.error());
    if (!bytes) {
      bad(name, 0, report_.last_sequence + 1, "the file is missing or too long");
      return {};
    }
    if (check_header(name, number, *bytes)) walk(name, *bytes, limit);
    return {};
  }

  bool check_header(const std::string& name, std::uint64_t number, ByteSpan bytes) {
    Signed signature;
    const auto header = parse_segment_header(bytes, signature);
    const Sequence next = report_.last_sequence + 1;
    if (!header) return bad(name, 0, next, "the header is damaged");
    if (!is_signed(signature)) return bad(name, 0, next, "the header's signature is wrong");
    if (header->log_id != newest_.log_id) return bad(name, 0, next, "the segment belongs to another log");
    if (header->number != number) return bad(name, 0, next, "the segment has another number");
    if (header->first_sequence != next || header->previous_chain != chain_ || header->previous_end != end_) {
      return bad(name, 0, next, "the segment does not continue the one before it");
    }
    ++report_.segments;
    report_.last_anchor = std::max(report_.last_anchor, header->anchor);
    signed_up_to_ = std::max(signed_up_to_, next - 1);
    header_ = *header;
    return true;
  }

  void walk(const std::string& name, ByteSpan bytes, std::optional<std::uint64_t> limit) {
    const Scan scan = scan_segment(bytes, header_, limit, [&](const FrameView& frame, std::uint64_t offset) {
      if (!check_frame(name, frame, offset)) return false;
      chain_ = frame.chain;
      return true;
    });
    if (report_.bad) return;
    if (scan.tail == Tail::kDamaged) {
      bad(name, scan.end, scan.last_sequence + 1, scan.why);
      return;
    }
    report_.last_sequence = scan.last_sequence;
    report_.incomplete_tail = scan.tail == Tail::kTorn;
    end_ = scan.end;
  }

  bool check_frame(const std::string& name, const FrameView& frame, std::uint64_t offset) {
    for (const Head& head : heads_) {
      if (head.sequence == frame.sequence && head.chain != frame.chain) {
        return bad(name, offset, frame.sequence, "the head signs another frame of this sequence");
      }
    }
    if (frame.kind == FrameKind::kSegmentEnd) {
      const Bytes message = segment_end_message(newest_.log_id, header_.number, frame.sequence, chain_);
      if (!verifier_.verify(message, frame.payload)) {
        return bad(name, offset, frame.sequence, "the signature of the segment's end is wrong");
      }
      signed_up_to_ = std::max(signed_up_to_, frame.sequence);
    }
    if (frame.kind == FrameKind::kEvent) report_.events += 1 + split_record(as_text(frame.payload)).copies.size();
    report_.intents += frame.kind == FrameKind::kIntent ? 1 : 0;
    report_.last_anchor = std::max(report_.last_anchor, frame.anchor);
    tracker_.saw(frame.kind, frame.request_id, header_.number);
    return true;
  }

  void check_end(Expected expected) {
    const std::string name = segment_name(std::max<std::uint64_t>(report_.segments, 1));
    const Sequence next = report_.last_sequence + 1;
    signed_up_to_ = std::max(signed_up_to_, newest_.sequence);
    if (report_.last_sequence < newest_.sequence) {
      bad(name, end_, next, "the log ends before its signed end");
    } else if (!report_.running &&
               (report_.last_sequence != newest_.sequence || end_ != newest_.end || report_.incomplete_tail)) {
      bad(name, end_, next, "the log does not end at its signed end");
    } else if (report_.last_sequence < expected.sequence || report_.last_anchor < expected.anchor) {
      bad(name, end_, next, "the log is older than what was expected of it");
    }
    report_.unsigned_frames = report_.last_sequence - std::min(report_.last_sequence, signed_up_to_);
    report_.open_intents = tracker_.size();
  }

  Files& files_;
  const std::string& directory_;
  const Verifier& verifier_;
  Report report_;
  std::array<Head, 2> heads_;
  Head newest_;
  SegmentHeader header_;
  ChainHash chain_{};
  std::uint64_t end_ = 0;
  Sequence signed_up_to_ = 0;
  IntentTracker tracker_;
};

Result<Bytes> read_head_bytes(Files& files, const std::string& directory) {
  return read_file(files, join_path(directory, kHeadName), kHeadFileBytes);
}

}  // namespace

Result<Report> verify(Files& files, const std::string& directory, const Verifier& verifier, Expected expected) {
  Report report;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    CLAVIGER_ASSIGN(const std::vector<std::uint64_t> segments, list_segments(files, directory));
    const Result<Bytes> head = read_head_bytes(files, directory);
    if (!head && head.error().code() == ErrorCode::kIo) return fail(head.error());
    if (!head) {
      if (segments.empty()) return fail(head.error());
      report.bad = BadPlace{kHeadName, 0, 0, "the file is missing or too long"};
      return report;
    }
    CLAVIGER_ASSIGN(report, Verification(files, directory, verifier).run(*head, expected));
    if (!report.bad) break;
    // A server that started or rotated meanwhile makes the old head wrong, not the log.
    const Result<Bytes> now = read_head_bytes(files, directory);
    if (now && *now == *head) break;
  }
  return report;
}

}  // namespace claviger::audit
