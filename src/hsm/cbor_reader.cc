#include "hsm/cbor_reader.h"

#include <cbor.h>

namespace claviger::hsm {
namespace {

struct Seen {
  std::optional<CborItem> item;

  static void set(void* seen, CborItem item) { static_cast<Seen*>(seen)->item = item; }
};

// What the library reports of an item. Callbacks that are not set here do nothing: the item is then none of ours. The
// types of lengths differ between versions of the library.
cbor_callbacks make_callbacks() {
  using Kind = CborItem::Kind;
  cbor_callbacks calls = cbor_empty_callbacks;
  constexpr auto number = [](void* seen, auto value) { Seen::set(seen, {Kind::kUnsigned, value}); };
  constexpr auto negative = [](void* seen, auto value) { Seen::set(seen, {Kind::kNegative, value}); };
  calls.uint8 = number;
  calls.uint16 = number;
  calls.uint32 = number;
  calls.uint64 = number;
  calls.negint8 = negative;
  calls.negint16 = negative;
  calls.negint32 = negative;
  calls.negint64 = negative;
  calls.byte_string = [](void* seen, cbor_data data, auto size) {
    Seen::set(seen, {Kind::kBytes, 0, {data, static_cast<std::size_t>(size)}});
  };
  calls.string = [](void* seen, cbor_data data, auto size) {
    Seen::set(seen, {Kind::kText, 0, {data, static_cast<std::size_t>(size)}});
  };
  calls.array_start = [](void* seen, auto size) { Seen::set(seen, {Kind::kArray, size}); };
  calls.map_start = [](void* seen, auto size) { Seen::set(seen, {Kind::kMap, size}); };
  calls.null = [](void* seen) { Seen::set(seen, {Kind::kNull}); };
  return calls;
}

}  // namespace

std::optional<CborItem> CborReader::next() {
  if (rest_.empty()) return std::nullopt;
  static const cbor_callbacks kCallbacks = make_callbacks();
  Seen seen;
  const cbor_decoder_result result = cbor_stream_decode(rest_.data(), rest_.size(), &kCallbacks, &seen);
  if (result.status != CBOR_DECODER_FINISHED) return std::nullopt;
  rest_ = rest_.subspan(result.read);
  return seen.item;
}

std::optional<CborItem> CborReader::next(CborItem::Kind kind) {
  const std::optional<CborItem> item = next();
  return item && item->kind == kind ? item : std::nullopt;
}

void append_cbor_bytes_head(std::size_t size, Bytes& out) {
  // The library writes the shortest head, as RFC 9052 section 9 wants it.
  std::array<std::uint8_t, 9> head{};
  const std::size_t length = cbor_encode_bytestring_start(size, head.data(), head.size());
  out.insert(out.end(), head.begin(), head.begin() + static_cast<std::ptrdiff_t>(length));
}

}  // namespace claviger::hsm
