#include "store/row_format.h"

#include <utility>

#include "base/check.h"

namespace claviger::store {
namespace {

Bytes tag_key(std::uint64_t tag) {
  Bytes key;
  ByteWriter(key).u64(tag);
  return key;
}

}  // namespace

Bytes row_context(RowKind kind, const StoreId& store, std::string_view key, Revision revision) {
  CLAVIGER_CHECK(key.size() <= kMaxKeyBytes);
  Bytes context;
  ByteWriter writer(context);
  writer.u8(kFormatVersion);
  writer.u8(std::to_underlying(kind));
  writer.raw(store);
  writer.sized16(as_bytes(key));
  writer.u64(revision);
  return context;
}

Bytes encode_identity(const StoreId& store) {
  Bytes payload;
  ByteWriter writer(payload);
  writer.u8(kFormatVersion);
  writer.raw(store);
  return payload;
}

Result<StoreId> decode_identity(ByteSpan payload) {
  ByteReader reader(payload);
  const std::uint8_t version = reader.u8();
  const StoreId store = reader.array<16>();
  if (!reader.done() || version != kFormatVersion) return fail(Error::corrupt("store identity is malformed"));
  return store;
}

Bytes encode_state(const StoreState& state) {
  Bytes payload;
  ByteWriter writer(payload);
  writer.u64(state.revision);
  writer.u64(state.feed_floor);
  return payload;
}

Result<StoreState> decode_state(ByteSpan payload) {
  ByteReader reader(payload);
  StoreState state;
  state.revision = reader.u64();
  state.feed_floor = reader.u64();
  if (!reader.done() || state.feed_floor > state.revision) return fail(Error::corrupt("store state is malformed"));
  return state;
}

Bytes RowSealer::seal(RowKind kind, std::string_view key, Revision revision, ByteSpan value) const {
  Bytes sealed;
  ByteWriter writer(sealed);
  writer.u8(kFormatVersion);
  writer.raw(sealer_.seal(row_context(kind, store_, key, revision), value));
  return sealed;
}

Result<Bytes> RowSealer::open(RowKind kind, std::string_view key, Revision revision, ByteSpan sealed) const {
  ByteReader reader(sealed);
  const std::uint8_t version = reader.u8();
  if (reader.failed() || version != kFormatVersion) return fail(Error::corrupt("row has an unknown version"));
  return sealer_.open(row_context(kind, store_, key, revision), reader.rest());
}

Bytes RowSealer::seal_state(const StoreState& state) const { return seal(RowKind::kState, {}, 0, encode_state(state)); }

Result<StoreState> RowSealer::open_state(ByteSpan sealed) const {
  CLAVIGER_ASSIGN(const Bytes payload, open(RowKind::kState, {}, 0, sealed));
  return decode_state(payload);
}

Bytes RowSealer::seal_tag(std::uint64_t tag, Revision revision) const {
  return seal(RowKind::kTag, as_text(tag_key(tag)), revision, {});
}

Status RowSealer::open_tag(std::uint64_t tag, Revision revision, ByteSpan sealed) const {
  CLAVIGER_ASSIGN(const Bytes payload, open(RowKind::kTag, as_text(tag_key(tag)), revision, sealed));
  if (!payload.empty()) return fail(Error::corrupt("tag row has a payload"));
  return {};
}

Bytes seal_identity(RecordSealer& sealer, const StoreId& store) {
  return RowSealer(sealer, StoreId{}).seal(RowKind::kIdentity, {}, 0, encode_identity(store));
}

Result<StoreId> open_identity(RecordSealer& sealer, ByteSpan sealed) {
  CLAVIGER_ASSIGN(const Bytes payload, RowSealer(sealer, StoreId{}).open(RowKind::kIdentity, {}, 0, sealed));
  return decode_identity(payload);
}

}  // namespace claviger::store
