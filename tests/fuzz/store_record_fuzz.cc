// The sealed rows and the b-tree pages of a store's file, as somebody who may write the file would
// leave them. The first byte says which parser; the sealer accepts everything, so that hostile bytes
// reach what is behind it.
#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "store/commit_rules.h"
#include "store/row_format.h"
#include "store/sqlite_scrub.h"

namespace {

using claviger::Bytes;
using claviger::ByteSpan;
using claviger::Result;

class OpenSealer final : public claviger::store::RecordSealer {
 public:
  Bytes seal(ByteSpan, ByteSpan value) override { return claviger::to_bytes(value); }
  Result<Bytes> open(ByteSpan, ByteSpan sealed) override { return claviger::to_bytes(sealed); }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace claviger::store;
  if (size == 0) return 0;
  const ByteSpan input(data + 1, size - 1);
  OpenSealer sealer;
  const RowSealer rows(sealer, StoreId{});
  // What opens is what sealing it again gives: no two rows mean the same.
  switch (data[0] % 6) {
    case 0:
      if (const auto id = open_identity(sealer, input)) {
        CLAVIGER_CHECK(seal_identity(sealer, *id) == claviger::to_bytes(input));
      }
      break;
    case 1:
      if (const auto state = rows.open_state(input)) {
        CLAVIGER_CHECK(state->feed_floor <= state->revision);
        CLAVIGER_CHECK(rows.seal_state(*state) == claviger::to_bytes(input));
      }
      break;
    case 2:
      if (const auto value = rows.open(RowKind::kRecord, "key", 1, input)) {
        CLAVIGER_CHECK(rows.seal(RowKind::kRecord, "key", 1, *value) == claviger::to_bytes(input));
      }
      break;
    case 3:
      if (rows.open_tag(1, 1, input)) CLAVIGER_CHECK(rows.seal_tag(1, 1) == claviger::to_bytes(input));
      break;
    case 4:
      if (const auto counter = decode_counter(input)) {
        CLAVIGER_CHECK(encode_counter(*counter) == claviger::to_bytes(input));
      }
      break;
    default:
      for (const std::uint32_t number : {1u, 2u}) {
        if (const auto gap = unallocated_space(input, number)) {
          CLAVIGER_CHECK(gap->begin <= gap->end && gap->end <= input.size());
        }
      }
  }
  return 0;
}
