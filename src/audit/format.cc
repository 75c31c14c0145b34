#include "audit/format.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "audit/crc32c.h"
#include "audit/file_log.h"
#include "base/check.h"

namespace claviger::audit {
namespace {

constexpr std::string_view kSegmentMagic = "CLVAUDIT";
constexpr std::string_view kHeadMagic = "CLVAHEAD";
// Signed texts of different meaning start differently, so that none passes for another.
constexpr std::string_view kHeaderPurpose = "claviger audit segment header 1\n";
constexpr std::string_view kHeadPurpose = "claviger audit head 1\n";
constexpr std::string_view kEndPurpose = "claviger audit segment end 1\n";
constexpr std::size_t kChecksumBytes = 4;

void put_u16(std::uint8_t* at, std::uint16_t value) {
  at[0] = static_cast<std::uint8_t>(value >> 8);
  at[1] = static_cast<std::uint8_t>(value);
}
void put_u32(std::uint8_t* at, std::uint32_t value) {
  put_u16(at, static_cast<std::uint16_t>(value >> 16));
  put_u16(at + 2, static_cast<std::uint16_t>(value));
}
void put_u64(std::uint8_t* at, std::uint64_t value) {
  put_u32(at, static_cast<std::uint32_t>(value >> 32));
  put_u32(at + 4, static_cast<std::uint32_t>(value));
}
std::uint32_t load_u32(const std::uint8_t* at) {
  return (std::uint32_t{at[0]} << 24) | (std::uint32_t{at[1]} << 16) | (std::uint32_t{at[2]} << 8) | at[3];
}

Bytes with_purpose(std::string_view purpose, ByteSpan fields) {
  Bytes message(purpose.begin(), purpose.end());
  message.insert(message.end(), fields.begin(), fields.end());
  return message;
}

// Fields, their signature, zeros, and a checksum over all of it, in a block of fixed size.
Bytes seal_block(Bytes fields, std::string_view purpose, std::size_t size, const Signer& signer) {
  const Bytes signature = signer.sign(with_purpose(purpose, fields));
  CLAVIGER_CHECK(signature.size() <= kMaxSignatureBytes);
  ByteWriter(fields).sized16(signature);
  CLAVIGER_CHECK(fields.size() + kChecksumBytes <= size);
  fields.resize(size - kChecksumBytes);
  const std::uint32_t checksum = crc32c(fields);
  ByteWriter(fields).u32(checksum);
  return fields;
}

bool is_zero(ByteSpan bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](std::uint8_t b) { return b == 0; });
}

bool block_checksum_holds(ByteSpan block) {
  return load_u32(block.data() + block.size() - kChecksumBytes) == crc32c(block.first(block.size() - kChecksumBytes));
}

// Reads what seal_block() put behind the fields. `reader` stands there.
bool open_block_end(ByteReader& reader, ByteSpan block, std::string_view purpose, Signed& signature) {
  const std::size_t fields = block.size() - reader.rest().size();
  const ByteSpan value = reader.sized16();
  if (reader.failed() || value.size() > kMaxSignatureBytes || reader.rest().size() < kChecksumBytes) return false;
  if (!is_zero(reader.rest().first(reader.rest().size() - kChecksumBytes))) return false;
  signature.message = with_purpose(purpose, block.first(fields));
  signature.signature = to_bytes(value);
  return true;
}

bool is_frame_kind(std::uint8_t kind) { return kind >= 1 && kind <= 3; }

}  // namespace

std::string segment_name(std::uint64_t number) { return fmt::format("segment-{:016}.log", number); }

std::optional<std::uint64_t> parse_segment_name(std::string_view name) {
  constexpr std::string_view kPrefix = "segment-";
  if (!name.starts_with(kPrefix)) return std::nullopt;
  std::uint64_t number = 0;
  const std::string_view digits = name.substr(kPrefix.size());
  std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (number == 0 || segment_name(number) != name) return std::nullopt;
  return number;
}

std::optional<FrameView> parse_frame(ByteSpan bytes) {
  if (bytes.size() < kFrameOverheadBytes) return std::nullopt;
  const std::size_t size = load_u32(bytes.data() + 4);
  if (size < kFrameOverheadBytes || size > kMaxFrameBytes || size > bytes.size()) return std::nullopt;
  const ByteSpan frame = bytes.first(size);
  ByteReader reader(frame);
  const std::uint32_t checksum = reader.u32();
  reader.u32();
  FrameView view;
  view.sequence = reader.u64();
  view.group = reader.u64();
  view.time = from_millis(static_cast<std::int64_t>(reader.u64()));
  view.anchor = reader.u64();
  const std::uint8_t kind = reader.u8();
  const std::size_t id_size = reader.u8();
  const std::uint16_t reserved = reader.u16();
  if (view.group == 0 || view.group > view.sequence || !is_frame_kind(kind) || reserved != 0) return std::nullopt;
  if (id_size > kMaxRequestIdBytes || id_size > size - kFrameOverheadBytes) return std::nullopt;
  if (crc32c(frame.subspan(kChecksumBytes)) != checksum) return std::nullopt;
  view.kind = static_cast<FrameKind>(kind);
  view.request_id = as_text(reader.raw(id_size));
  view.payload = reader.raw(size - kFrameOverheadBytes - id_size);
  view.chain = reader.array<sizeof(ChainHash)>();
  view.hashed = frame.subspan(kChecksumBytes, size - kChecksumBytes - sizeof(ChainHash));
  view.size = size;
  return view;
}

ChainHash chain_hash(crypto::Sha256& hasher, const ChainHash& previous, ByteSpan hashed) {
  hasher.update(previous);
  hasher.update(hashed);
  return hasher.finish();
}

std::size_t append_frame(const FrameView& view, crypto::Sha256& hasher, ChainHash& chain, Bytes& out) {
  CLAVIGER_CHECK(view.request_id.size() <= kMaxRequestIdBytes && view.payload.size() <= kMaxPayloadBytes);
  const std::size_t start = out.size();
  const std::size_t size = kFrameOverheadBytes + view.request_id.size() + view.payload.size();
  out.resize(start + size);
  std::uint8_t* const at = out.data() + start;
  put_u32(at + 4, static_cast<std::uint32_t>(size));
  put_u64(at + 8, view.sequence);
  put_u64(at + 16, view.group);
  put_u64(at + 24, static_cast<std::uint64_t>(to_millis(view.time)));
  put_u64(at + 32, view.anchor);
  at[40] = static_cast<std::uint8_t>(view.kind);
  at[41] = static_cast<std::uint8_t>(view.request_id.size());
  put_u16(at + 42, 0);
  std::copy(view.request_id.begin(), view.request_id.end(), at + kFrameFixedBytes);
  std::copy(view.payload.begin(), view.payload.end(), at + kFrameFixedBytes + view.request_id.size());
  const ByteSpan frame(at, size);
  chain = chain_hash(hasher, chain, frame.subspan(kChecksumBytes, size - kChecksumBytes - sizeof(ChainHash)));
  std::copy(chain.begin(), chain.end(), at + size - sizeof(ChainHash));
  put_u32(at, crc32c(frame.subspan(kChecksumBytes)));
  return size;
}

Bytes encode_segment_header(const SegmentHeader& header, const Signer& signer) {
  Bytes fields;
  ByteWriter writer(fields);
  writer.raw(as_bytes(kSegmentMagic));
  writer.u32(kFormatVersion);
  writer.u32(kSegmentHeaderBytes);
  writer.raw(header.log_id);
  writer.u64(header.number);
  writer.u64(header.segment_bytes);
  writer.u64(header.first_sequence);
  writer.raw(header.previous_chain);
  writer.u64(header.previous_end);
  writer.u64(header.replay_from);
  writer.u64(header.anchor);
  writer.u64(static_cast<std::uint64_t>(to_millis(header.created)));
  return seal_block(std::move(fields), kHeaderPurpose, kSegmentHeaderBytes, signer);
}

std::optional<SegmentHeader> parse_segment_header(ByteSpan bytes, Signed& signature) {
  if (bytes.size() < kSegmentHeaderBytes) return std::nullopt;
  const ByteSpan block = bytes.first(kSegmentHeaderBytes);
  if (!block_checksum_holds(block)) return std::nullopt;
  ByteReader reader(block);
  if (as_text(reader.raw(kSegmentMagic.size())) != kSegmentMagic) return std::nullopt;
  if (reader.u32() != kFormatVersion || reader.u32() != kSegmentHeaderBytes) return std::nullopt;
  SegmentHeader header;
  header.log_id = reader.array<sizeof(LogId)>();
  header.number = reader.u64();
  header.segment_bytes = reader.u64();
  header.first_sequence = reader.u64();
  header.previous_chain = reader.array<sizeof(ChainHash)>();
  header.previous_end = reader.u64();
  header.replay_from = reader.u64();
  header.anchor = reader.u64();
  header.created = from_millis(static_cast<std::int64_t>(reader.u64()));
  if (!open_block_end(reader, block, kHeaderPurpose, signature)) return std::nullopt;
  if (header.number == 0 || header.first_sequence == 0) return std::nullopt;
  if (header.segment_bytes < kMinSegmentBytes || header.segment_bytes > kMaxSegmentBytes) return std::nullopt;
  if (header.replay_from == 0 || header.replay_from > header.number) return std::nullopt;
  return header;
}

Bytes encode_head(const Head& head, const Signer& signer) {
  Bytes fields;
  ByteWriter writer(fields);
  writer.raw(as_bytes(kHeadMagic));
  writer.u32(kFormatVersion);
  writer.u8(static_cast<std::uint8_t>(head.state));
  writer.raw(head.log_id);
  writer.u64(head.generation);
  writer.u64(head.sequence);
  writer.u64(head.segment);
  writer.u64(head.end);
  writer.raw(head.chain);
  writer.u64(head.anchor);
  writer.u64(static_cast<std::uint64_t>(to_millis(head.time)));
  return seal_block(std::move(fields), kHeadPurpose, kHeadSlotBytes, signer);
}

std::optional<Head> parse_head(ByteSpan slot, Signed& signature) {
  if (slot.size() != kHeadSlotBytes || !block_checksum_holds(slot)) return std::nullopt;
  ByteReader reader(slot);
  if (as_text(reader.raw(kHeadMagic.size())) != kHeadMagic || reader.u32() != kFormatVersion) return std::nullopt;
  const std::uint8_t state = reader.u8();
  if (state != 1 && state != 2) return std::nullopt;
  Head head;
  head.state = static_cast<HeadState>(state);
  head.log_id = reader.array<sizeof(LogId)>();
  head.generation = reader.u64();
  head.sequence = reader.u64();
  head.segment = reader.u64();
  head.end = reader.u64();
  head.chain = reader.array<sizeof(ChainHash)>();
  head.anchor = reader.u64();
  head.time = from_millis(static_cast<std::int64_t>(reader.u64()));
  if (!open_block_end(reader, slot, kHeadPurpose, signature)) return std::nullopt;
  return head;
}

Bytes segment_end_message(const LogId& log_id, std::uint64_t segment, Sequence sequence, const ChainHash& chain) {
  Bytes fields;
  ByteWriter writer(fields);
  writer.raw(log_id);
  writer.u64(segment);
  writer.u64(sequence);
  writer.raw(chain);
  return with_purpose(kEndPurpose, fields);
}

}  // namespace claviger::audit
