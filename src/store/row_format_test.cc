#include "store/row_format.h"

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "base/testing.h"
#include "store/sqlite_schema.h"
#include "store/testing_sealer.h"

namespace claviger::store {
namespace {

// The bytes of docs/formats/store.md.
const Bytes kIdentity = from_hex("0135cf6e509cb73d1c010102030405060708090a0b0c0d0e0f10");
const Bytes kState = from_hex("016d148faad3ade5a3000000000000002a0000000000000007");
const Bytes kRecord = from_hex("01b7c7c78d5ea29a0c68656c6c6f");
const Bytes kRecordContext = from_hex("01030102030405060708090a0b0c0d0e0f1000056b65792f31000000000000002a");
const Bytes kTag = from_hex("0113742142bc06271b");
const Bytes kTagContext = from_hex("01040102030405060708090a0b0c0d0e0f1000080000000000000009000000000000002a");

TEST(RowFormat, ExampleOfTheFormatPageDecodes) {
  ClearSealer sealer;
  const Result<StoreId> id = open_identity(sealer, kIdentity);
  ASSERT_TRUE(id.has_value());
  EXPECT_EQ(hex_encode(*id), "0102030405060708090a0b0c0d0e0f10");
  const RowSealer rows(sealer, *id);
  EXPECT_EQ(rows.open_state(kState).value(), (StoreState{42, 7}));
  EXPECT_EQ(as_text(rows.open(RowKind::kRecord, "key/1", 42, kRecord).value()), "hello");
  EXPECT_TRUE(rows.open_tag(9, 42, kTag).has_value());
  EXPECT_EQ(sequence_of(42, 1), 172033);
  EXPECT_EQ(revision_of(172033), 42u);
}

TEST(RowFormat, ExampleOfTheFormatPageIsWhatIsWritten) {
  ClearSealer sealer;
  const StoreId id = open_identity(sealer, kIdentity).value();
  const RowSealer rows(sealer, id);
  EXPECT_EQ(seal_identity(sealer, id), kIdentity);
  EXPECT_EQ(rows.seal_state({42, 7}), kState);
  EXPECT_EQ(rows.seal(RowKind::kRecord, "key/1", 42, as_bytes("hello")), kRecord);
  EXPECT_EQ(rows.seal_tag(9, 42), kTag);
  EXPECT_EQ(row_context(RowKind::kRecord, id, "key/1", 42), kRecordContext);
  EXPECT_EQ(row_context(RowKind::kTag, id, as_text(from_hex("0000000000000009")), 42), kTagContext);
}

TEST(RowFormat, RowOpensOnlyWhereItWasSealed) {
  ClearSealer sealer;
  const StoreId id{1};
  const RowSealer rows(sealer, id);
  const Bytes sealed = rows.seal(RowKind::kRecord, "key", 5, as_bytes("value"));
  ASSERT_TRUE(rows.open(RowKind::kRecord, "key", 5, sealed).has_value());
  struct Row {
    const char* name;
    StoreId id;
    RowKind kind;
    std::string_view key;
    Revision revision;
  };
  const Row cases[] = {
      {"another store", StoreId{2}, RowKind::kRecord, "key", 5}, {"another kind", id, RowKind::kTag, "key", 5},
      {"another key", id, RowKind::kRecord, "kez", 5},           {"a shorter key", id, RowKind::kRecord, "ke", 5},
      {"another revision", id, RowKind::kRecord, "key", 6},
  };
  for (const Row& row : cases) {
    SCOPED_TRACE(row.name);
    const Result<Bytes> opened = RowSealer(sealer, row.id).open(row.kind, row.key, row.revision, sealed);
    ASSERT_FALSE(opened.has_value());
    EXPECT_EQ(opened.error().code(), ErrorCode::kCorrupt);
  }
}

TEST(RowFormat, EveryTruncationAndExtensionIsCorrupt) {
  for (const Bytes& whole : {encode_identity(StoreId{}), encode_state({2, 1})}) {
    const bool identity = whole.size() == encode_identity(StoreId{}).size();
    const auto decodes = [identity](ByteSpan bytes) {
      return identity ? decode_identity(bytes).has_value() : decode_state(bytes).has_value();
    };
    ASSERT_TRUE(decodes(whole));
    for (std::size_t size = 0; size < whole.size(); ++size) EXPECT_FALSE(decodes(ByteSpan(whole).first(size))) << size;
    Bytes longer = whole;
    longer.push_back(0);
    EXPECT_FALSE(decodes(longer));
  }
  Bytes other_version = encode_identity(StoreId{});
  other_version[0] = 2;
  EXPECT_EQ(decode_identity(other_version).error().code(), ErrorCode::kCorrupt);
  EXPECT_EQ(decode_state(encode_state({1, 2})).error().code(), ErrorCode::kCorrupt) << "a feed from the future";
}

}  // namespace
}  // namespace claviger::store
