// Items of CBOR (RFC 8949), one after the other: what attestation documents are written in. Included by hsm/*.cc only.
#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.h"

namespace claviger::hsm {

struct CborItem {
  enum class Kind : std::uint8_t { kUnsigned, kNegative, kBytes, kText, kArray, kMap, kNull };
  Kind kind{};
  // The number, of kNegative -1 - number; how many elements or pairs follow.
  std::uint64_t number = 0;
  // Of kBytes and kText; borrowed from the input. Text is not checked to be UTF-8.
  ByteSpan bytes = {};
};

// Allocates nothing and keeps no depth: nesting is the caller's, who knows what is to come.
class CborReader final {
 public:
  explicit CborReader(ByteSpan input) : rest_(input) {}
  // The head of the next item and, of bytes and text, its content. Nothing at the end of the input, for what is cut
  // off, of indefinite length, or of a kind that is not in the list: tags, booleans, floating point, simple values.
  std::optional<CborItem> next();
  // The next item if it is of this kind; else nothing.
  std::optional<CborItem> next(CborItem::Kind kind);
  bool done() const { return rest_.empty(); }

 private:
  ByteSpan rest_;
};

// Appends the head of a byte string that is `size` bytes long.
void append_cbor_bytes_head(std::size_t size, Bytes& out);

}  // namespace claviger::hsm
