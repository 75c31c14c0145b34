// The sealed bytes in the rows of the database; docs/formats/store.md.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "store/store.h"

namespace claviger::store {

// The version of everything docs/formats/store.md describes.
inline constexpr std::uint8_t kFormatVersion = 1;

// Random, made with the file: rows of another store do not open.
using StoreId = std::array<std::uint8_t, 16>;

// What a row is. Part of its context; never reused.
enum class RowKind : std::uint8_t { kIdentity = 1, kState = 2, kRecord = 3, kTag = 4 };

// The content of the state row.
struct StoreState {
  Revision revision = 0;
  Revision feed_floor = 0;  // the feed is complete after this revision; at most `revision`
  friend bool operator==(const StoreState&, const StoreState&) = default;
};

// What a row is bound to: version, kind, store id, key (length-prefixed), revision. `key` is at most
// kMaxKeyBytes long.
Bytes row_context(RowKind kind, const StoreId& store, std::string_view key, Revision revision);

Bytes encode_identity(const StoreId& store);
[[nodiscard]] Result<StoreId> decode_identity(ByteSpan payload);
Bytes encode_state(const StoreState& state);
[[nodiscard]] Result<StoreState> decode_state(ByteSpan payload);

// Seals and opens the rows of one store. Thread-safe. Borrows the sealer.
class RowSealer final {
 public:
  RowSealer(RecordSealer& sealer, const StoreId& store) : sealer_(sealer), store_(store) {}

  // The version byte, then what the RecordSealer makes of `value`.
  Bytes seal(RowKind kind, std::string_view key, Revision revision, ByteSpan value) const;
  // kCorrupt unless `sealed` is exactly what seal() made with the same arguments.
  [[nodiscard]] Result<Bytes> open(RowKind kind, std::string_view key, Revision revision, ByteSpan sealed) const;

  Bytes seal_state(const StoreState& state) const;
  [[nodiscard]] Result<StoreState> open_state(ByteSpan sealed) const;
  Bytes seal_tag(std::uint64_t tag, Revision revision) const;
  [[nodiscard]] Status open_tag(std::uint64_t tag, Revision revision, ByteSpan sealed) const;

 private:
  RecordSealer& sealer_;
  StoreId store_;
};

// The identity row is bound to no store id: it is what tells it.
Bytes seal_identity(RecordSealer& sealer, const StoreId& store);
[[nodiscard]] Result<StoreId> open_identity(RecordSealer& sealer, ByteSpan sealed);

}  // namespace claviger::store
