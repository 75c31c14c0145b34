// The bytes of segments and of the head file: docs/formats/audit-log.md.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "audit/log.h"
#include "audit/signer.h"
#include "base/bytes.h"
#include "crypto/digest.h"

namespace claviger::audit {

using LogId = std::array<std::uint8_t, 16>;
using ChainHash = crypto::Digest256;

inline constexpr std::uint32_t kFormatVersion = 1;
// A page of its own, so that no later write to the segment rewrites the header's.
inline constexpr std::size_t kSegmentHeaderBytes = 4096;
inline constexpr std::size_t kFrameFixedBytes = 44;
inline constexpr std::size_t kFrameOverheadBytes = kFrameFixedBytes + sizeof(ChainHash);
inline constexpr std::size_t kMaxFrameBytes = kFrameOverheadBytes + kMaxRequestIdBytes + kMaxPayloadBytes;
inline constexpr std::size_t kHeadSlotBytes = 512;
inline constexpr std::size_t kHeadFileBytes = 2 * kHeadSlotBytes;
inline constexpr const char* kHeadName = "head";
inline constexpr const char* kNewHeadName = "head.new";
inline constexpr const char* kPreparedName = "segment.new";
inline constexpr const char* kReserveName = "segment.reserve";

std::string segment_name(std::uint64_t number);
// nullopt unless it is exactly what segment_name() makes.
std::optional<std::uint64_t> parse_segment_name(std::string_view name);

// A frame as it stands in a segment; views into the bytes it was parsed from.
struct FrameView {
  Sequence sequence = 0;
  Sequence group = 0;  // the sequence of the first frame of the same write
  WallTime time;
  std::uint64_t anchor = 0;
  FrameKind kind = FrameKind::kEvent;
  std::string_view request_id;
  ByteSpan payload;
  ChainHash chain{};
  ByteSpan hashed;  // what the chain hash covers after the previous hash
  std::size_t size = 0;
};

// The frame at the start of `bytes`, when it is complete and its checksum holds. The chain is not
// checked: that takes the frame before it.
std::optional<FrameView> parse_frame(ByteSpan bytes);

// SHA-256 of the previous hash and the frame's hashed part.
ChainHash chain_hash(crypto::Sha256& hasher, const ChainHash& previous, ByteSpan hashed);

// Appends the frame that `view` describes (its chain, hashed and size members are not read) and
// moves `chain` on. Returns the size of the frame.
std::size_t append_frame(const FrameView& view, crypto::Sha256& hasher, ChainHash& chain, Bytes& out);

struct SegmentHeader {
  LogId log_id{};
  std::uint64_t number = 0;         // from 1
  std::uint64_t segment_bytes = 0;  // the size of the file
  Sequence first_sequence = 0;
  ChainHash previous_chain{};      // of the frame before the first one; zeros in segment 1
  std::uint64_t previous_end = 0;  // where the frames of the previous segment end; 0 in segment 1
  std::uint64_t replay_from = 0;   // the oldest segment with an intent that was open here
  std::uint64_t anchor = 0;        // the newest revision named before this segment
  WallTime created;
};

struct Signed {
  Bytes message;
  Bytes signature;
};

Bytes encode_segment_header(const SegmentHeader& header, const Signer& signer);
// nullopt unless the checksum holds and every field is in bounds. `signature` receives what a
// Verifier needs.
std::optional<SegmentHeader> parse_segment_header(ByteSpan bytes, Signed& signature);

enum class HeadState : std::uint8_t { kRunning = 1, kClosed = 2 };

// Where the log ends. kRunning: here or later. kClosed: exactly here.
struct Head {
  HeadState state = HeadState::kRunning;
  LogId log_id{};
  std::uint64_t generation = 0;  // counts the heads written; its lowest bit names the slot
  Sequence sequence = 0;
  std::uint64_t segment = 0;  // 0: none yet
  std::uint64_t end = 0;      // offset in that segment
  ChainHash chain{};
  std::uint64_t anchor = 0;
  WallTime time;
};

Bytes encode_head(const Head& head, const Signer& signer);
std::optional<Head> parse_head(ByteSpan slot, Signed& signature);

// The payload of a kSegmentEnd frame: a signature over the log's id, the segment's number, the
// frame's own sequence and the chain hash before it.
Bytes segment_end_message(const LogId& log_id, std::uint64_t segment, Sequence sequence, const ChainHash& chain);
inline constexpr std::size_t kMaxSegmentEndBytes = kFrameOverheadBytes + kMaxSignatureBytes;

}  // namespace claviger::audit
