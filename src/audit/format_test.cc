#include "audit/format.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iostream>

#include "audit/crc32c.h"
#include "audit/testing.h"
#include "base/encoding.h"
#include "base/testing_source_directory.h"

namespace claviger::audit {
namespace {

TEST(Crc32c, Rfc3720AppendixB4Vectors) {
  Bytes bytes(32, 0);
  EXPECT_EQ(crc32c(bytes), 0x8A9136AAu);
  std::fill(bytes.begin(), bytes.end(), std::uint8_t{0xFF});
  EXPECT_EQ(crc32c(bytes), 0x62A8AB43u);
  for (std::size_t i = 0; i < 32; ++i) bytes[i] = static_cast<std::uint8_t>(i);
  EXPECT_EQ(crc32c(bytes), 0x46DD794Eu);
  EXPECT_EQ(crc32c(as_bytes("123456789")), 0xE3069283u);
}

FrameView example_frame() {
  FrameView frame;
  frame.sequence = 1;
  frame.group = 1;
  frame.time = from_millis(1'767'225'601'000);
  frame.anchor = 5;
  frame.kind = FrameKind::kEvent;
  frame.request_id = "r1";
  frame.payload = as_bytes("{}");
  return frame;
}

// The first run of lower-case hexadecimal lines behind the heading in the page of the format.
Bytes documented_example() {
  std::ifstream page(source_directory() + "/docs/formats/audit-log.md");
  std::string hex;
  bool inside = false;
  for (std::string line; std::getline(page, line);) {
    if (line.starts_with("```") && inside) break;
    if (inside) hex += line;
    if (line == "```hex") inside = true;
  }
  std::erase(hex, ' ');
  return hex_decode(hex).value_or(Bytes{});
}

TEST(Frame, TheDocumentedExampleDecodesAndIsWhatIsWritten) {
  const Bytes bytes = documented_example();
  const auto frame = parse_frame(bytes);
  ASSERT_TRUE(frame);
  EXPECT_EQ(frame->size, bytes.size());
  EXPECT_EQ(frame->sequence, 1u);
  EXPECT_EQ(frame->group, 1u);
  EXPECT_EQ(frame->time, from_millis(1'767'225'601'000));
  EXPECT_EQ(frame->anchor, 5u);
  EXPECT_EQ(frame->kind, FrameKind::kEvent);
  EXPECT_EQ(frame->request_id, "r1");
  EXPECT_EQ(as_text(frame->payload), "{}");
  crypto::Sha256 hasher;
  EXPECT_EQ(chain_hash(hasher, ChainHash{}, frame->hashed), frame->chain);
  ChainHash chain{};
  Bytes written;
  append_frame(example_frame(), hasher, chain, written);
  EXPECT_EQ(hex_encode(written), hex_encode(bytes));
}

TEST(Frame, EveryFlippedBitAndEveryTruncationIsRefused) {
  crypto::Sha256 hasher;
  ChainHash chain{};
  Bytes bytes;
  append_frame(example_frame(), hasher, chain, bytes);
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    Bytes flipped = bytes;
    flipped[bit / 8] ^= static_cast<std::uint8_t>(1 << (bit % 8));
    EXPECT_FALSE(parse_frame(flipped)) << bit;
  }
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(parse_frame(ByteSpan(bytes).first(size))) << size;
  }
}

SegmentHeader example_header() {
  SegmentHeader header;
  header.log_id.fill(7);
  header.number = 3;
  header.segment_bytes = kMinSegmentBytes;
  header.first_sequence = 40;
  header.previous_chain.fill(9);
  header.previous_end = 5000;
  header.replay_from = 2;
  header.anchor = 11;
  header.created = from_millis(1000);
  return header;
}

TEST(SegmentHeader, RoundTripsAndItsSignatureHolds) {
  const HashSigner signer;
  const Bytes bytes = encode_segment_header(example_header(), signer);
  ASSERT_EQ(bytes.size(), kSegmentHeaderBytes);
  Signed signature;
  const auto header = parse_segment_header(bytes, signature);
  ASSERT_TRUE(header);
  EXPECT_TRUE(signer.verify(signature.message, signature.signature));
  EXPECT_EQ(encode_segment_header(*header, signer), bytes);
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    Bytes changed = bytes;
    changed[at] ^= 1;
    EXPECT_FALSE(parse_segment_header(changed, signature)) << at;
  }
}

TEST(Head, RoundTripsAndItsSignatureHolds) {
  const HashSigner signer;
  Head head;
  head.state = HeadState::kClosed;
  head.log_id.fill(7);
  head.generation = 8;
  head.sequence = 41;
  head.segment = 3;
  head.end = 4999;
  head.chain.fill(9);
  head.anchor = 11;
  head.time = from_millis(1000);
  const Bytes bytes = encode_head(head, signer);
  ASSERT_EQ(bytes.size(), kHeadSlotBytes);
  Signed signature;
  const auto parsed = parse_head(bytes, signature);
  ASSERT_TRUE(parsed);
  EXPECT_TRUE(signer.verify(signature.message, signature.signature));
  EXPECT_EQ(encode_head(*parsed, signer), bytes);
}

TEST(SegmentName, OnlyExactNamesAreSegments) {
  EXPECT_EQ(segment_name(1), "segment-0000000000000001.log");
  EXPECT_EQ(parse_segment_name("segment-0000000000000001.log"), 1u);
  for (const std::string_view name :
       {"segment-0000000000000000.log", "segment-1.log", "segment-0000000000000001.log~", "segment.new", ""}) {
    EXPECT_FALSE(parse_segment_name(name)) << name;
  }
}

}  // namespace
}  // namespace claviger::audit
