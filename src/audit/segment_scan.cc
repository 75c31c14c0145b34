#include "audit/segment_scan.h"

#include <algorithm>
#include <cstring>

namespace claviger::audit {
namespace {

std::uint64_t find_dirty_end(ByteSpan file, std::uint64_t from) {
  const auto rest = file.subspan(from);
  const auto last = std::find_if(rest.rbegin(), rest.rend(), [](std::uint8_t byte) { return byte != 0; });
  return from + static_cast<std::uint64_t>(rest.rend() - last);
}

// Whether a good frame of a later write stands behind `offset`, where frame `expected` should be.
// Every write is made durable before the next one starts, so such a frame means that the bytes at
// `offset` were durable once. Frames of the same write prove nothing: the pages of a write that a
// power cut interrupted reach the disk in any order.
bool later_write_follows(ByteSpan file, std::uint64_t offset, std::uint64_t dirty_end, Sequence expected) {
  while (offset + kFrameOverheadBytes <= dirty_end) {
    // The length's first byte is zero in every frame, and rare in text: look for it.
    const auto* const zero = static_cast<const std::uint8_t*>(
        std::memchr(file.data() + offset + 4, 0, static_cast<std::size_t>(dirty_end - offset - 4)));
    if (zero == nullptr) return false;
    offset = static_cast<std::uint64_t>(zero - file.data()) - 4;
    if (const auto frame = parse_frame(file.subspan(offset)); frame && frame->group > expected) return true;
    ++offset;
  }
  return false;
}

// Why a frame whose checksum holds does not belong behind the frames before it; empty if it does.
std::string_view misfit(const FrameView& frame, const Scan& scan, Sequence previous_group, crypto::Sha256& hasher) {
  if (scan.closed) return "a frame behind the segment's end";
  if (frame.sequence != scan.last_sequence + 1) return "a frame with another sequence";
  if (frame.group != frame.sequence && frame.group != previous_group) return "a frame of another write";
  if (chain_hash(hasher, scan.chain, frame.hashed) != frame.chain) return "the hash chain breaks";
  return {};
}

void judge_tail(ByteSpan file, std::optional<std::uint64_t> limit, Scan& scan) {
  scan.dirty_end = find_dirty_end(file, scan.end);
  if (limit) {
    // Behind an end that was not signed lies what a failed write left.
    if (scan.end != *limit) {
      scan.tail = Tail::kDamaged;
      scan.why = "the frames do not end where the next segment's header says";
    } else if (scan.closed && scan.dirty_end != scan.end) {
      scan.tail = Tail::kDamaged;
      scan.why = "bytes behind the segment's end";
    }
    return;
  }
  if (scan.dirty_end == scan.end) return;
  if (scan.closed) {
    scan.tail = Tail::kDamaged;
    scan.why = "bytes behind the segment's end";
  } else if (later_write_follows(file, scan.end, scan.dirty_end, scan.last_sequence + 1)) {
    scan.tail = Tail::kDamaged;
    scan.why = "a damaged frame with good ones behind it";
  } else {
    scan.tail = Tail::kTorn;
  }
}

}  // namespace

Scan scan_segment(ByteSpan file, const SegmentHeader& header, std::optional<std::uint64_t> limit,
                  const OnFrame& on_frame) {
  Scan scan;
  scan.end = kSegmentHeaderBytes;
  scan.dirty_end = scan.end;
  scan.last_sequence = header.first_sequence - 1;
  scan.chain = header.previous_chain;
  if (file.size() != header.segment_bytes || (limit && (*limit < scan.end || *limit > file.size()))) {
    scan.tail = Tail::kDamaged;
    scan.why = "the file's size is not what its header says";
    return scan;
  }
  const ByteSpan frames = limit ? file.first(*limit) : file;
  crypto::Sha256 hasher;
  Sequence group = 0;
  while (const auto frame = parse_frame(frames.subspan(scan.end))) {
    if (const std::string_view why = misfit(*frame, scan, group, hasher); !why.empty()) {
      scan.tail = Tail::kDamaged;
      scan.why = why;
      return scan;
    }
    if (!on_frame(*frame, scan.end)) return scan;
    scan.end += frame->size;
    scan.dirty_end = scan.end;
    scan.last_sequence = frame->sequence;
    scan.chain = frame->chain;
    scan.closed = frame->kind == FrameKind::kSegmentEnd;
    group = frame->group;
  }
  judge_tail(file, limit, scan);
  return scan;
}

}  // namespace claviger::audit
