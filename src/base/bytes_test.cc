#include "base/bytes.h"

#include <gtest/gtest.h>

namespace claviger {
namespace {

TEST(ByteWriter, WritesBigEndianAndReaderReadsItBack) {
  Bytes out;
  ByteWriter writer(out);
  writer.u8(1);
  writer.u16(0x0203);
  writer.u32(0x04050607);
  writer.u64(0x08090a0b0c0d0e0f);
  writer.sized16(as_bytes("ab"));
  writer.sized32(as_bytes(""));
  ASSERT_EQ(out.size(), 1u + 2 + 4 + 8 + 2 + 2 + 4);
  for (std::uint8_t i = 0; i < 15; ++i) EXPECT_EQ(out[i], i + 1);

  ByteReader reader(out);
  EXPECT_EQ(reader.u8(), 1);
  EXPECT_EQ(reader.u16(), 0x0203);
  EXPECT_EQ(reader.u32(), 0x04050607u);
  EXPECT_EQ(reader.u64(), 0x08090a0b0c0d0e0fu);
  EXPECT_EQ(as_text(reader.sized16()), "ab");
  EXPECT_TRUE(reader.sized32().empty());
  EXPECT_TRUE(reader.done());
}

TEST(ByteReader, EveryTruncationFailsAndStaysFailed) {
  Bytes out;
  ByteWriter writer(out);
  writer.u32(7);
  writer.sized16(as_bytes("hello"));
  for (std::size_t size = 0; size < out.size(); ++size) {
    ByteReader reader(ByteSpan(out).first(size));
    reader.u32();
    reader.sized16();
    EXPECT_TRUE(reader.failed()) << size;
    EXPECT_EQ(reader.u8(), 0);
    EXPECT_FALSE(reader.done());
  }
}

TEST(ByteReader, LengthBeyondTheEndFails) {
  const Bytes hostile = {0xff, 0xff, 0xff, 0xff, 1, 2, 3};
  ByteReader reader(hostile);
  EXPECT_TRUE(reader.sized32().empty());
  EXPECT_TRUE(reader.failed());
}

TEST(ByteReader, LeftoverBytesAreNotDone) {
  const Bytes bytes = {1, 2};
  ByteReader reader(bytes);
  reader.u8();
  EXPECT_FALSE(reader.failed());
  EXPECT_FALSE(reader.done());
}

}  // namespace
}  // namespace claviger
