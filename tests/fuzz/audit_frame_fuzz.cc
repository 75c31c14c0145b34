// Bytes of an audit log from a hostile disk: the three parsers and the walk over a segment. What
// parses must encode to the same bytes again.
#include <algorithm>
#include <cstdint>

#include "audit/file_log.h"
#include "audit/segment_scan.h"
#include "base/check.h"

namespace {

using namespace claviger;
using namespace claviger::audit;

// Gives back a signature that was parsed.
class Replayer final : public Signer {
 public:
  explicit Replayer(Bytes signature) : signature_(std::move(signature)) {}
  Bytes sign(ByteSpan) const override { return signature_; }
  bool verify(ByteSpan, ByteSpan) const override { return true; }

 private:
  Bytes signature_;
};

void check_frame(ByteSpan bytes) {
  const auto frame = parse_frame(bytes);
  if (!frame) return;
  CLAVIGER_CHECK(frame->size <= bytes.size());
  crypto::Sha256 hasher;
  ChainHash chain{};
  Bytes again;
  append_frame(*frame, hasher, chain, again);
  // All but the checksum and the chain, which continues another frame.
  CLAVIGER_CHECK(again.size() == frame->size);
  const auto hashed = ByteSpan(again).subspan(4, frame->hashed.size());
  CLAVIGER_CHECK(std::ranges::equal(hashed, frame->hashed));
}

void check_blocks(ByteSpan bytes) {
  Signed signature;
  if (bytes.size() >= kHeadSlotBytes) {
    const ByteSpan slot = bytes.first(kHeadSlotBytes);
    if (const auto head = parse_head(slot, signature)) {
      CLAVIGER_CHECK(std::ranges::equal(encode_head(*head, Replayer(signature.signature)), slot));
    }
  }
  if (const auto header = parse_segment_header(bytes, signature)) {
    CLAVIGER_CHECK(std::ranges::equal(encode_segment_header(*header, Replayer(signature.signature)),
                                      bytes.first(kSegmentHeaderBytes)));
  }
}

void check_walk(ByteSpan bytes) {
  SegmentHeader header;
  header.number = 1;
  header.first_sequence = 1;
  header.segment_bytes = kSegmentHeaderBytes + bytes.size();
  Bytes file(kSegmentHeaderBytes + bytes.size());
  std::ranges::copy(bytes, file.begin() + kSegmentHeaderBytes);
  std::uint64_t frames = 0;
  const Scan scan = scan_segment(file, header, std::nullopt, [&](const FrameView&, std::uint64_t offset) {
    ++frames;
    CLAVIGER_CHECK(offset >= kSegmentHeaderBytes && offset < file.size());
    return true;
  });
  CLAVIGER_CHECK(scan.last_sequence == frames);
  CLAVIGER_CHECK(scan.end <= file.size() && scan.end <= scan.dirty_end && scan.dirty_end <= file.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteSpan bytes(data, size);
  check_frame(bytes);
  check_blocks(bytes);
  check_walk(bytes);
  return 0;
}
