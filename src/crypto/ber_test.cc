#include "crypto/ber.h"

#include <gtest/gtest.h>

#include <string>

#include "base/encoding.h"

namespace claviger::crypto {
namespace {

struct Outline {
  const char* name;
  const char* hex;
  bool whole;
};

constexpr Outline kOutlines[] = {
    {"Primitive", "0401aa", true},
    {"Empty", "0400", true},
    {"LengthInTwoBytes", "048101aa", true},
    {"LengthWithLeadingZeros", "048400000001aa", true},
    {"Nested", "300604010004010a", true},
    {"Indefinite", "308004010a0000", true},
    {"IndefiniteInsideIndefinite", "3080308004010a00000000", true},
    {"Nothing", "", false},
    {"TagOnly", "04", false},
    {"TooShort", "0402aa", false},
    {"Trailing", "0401aa00", false},
    {"TrailingAfterIndefinite", "308004010a000000", false},
    {"IndefiniteWithoutEnd", "308004010a", false},
    {"IndefiniteWithHalfAnEnd", "308004010a00", false},
    {"IndefinitePrimitive", "0480aa0000", false},
    {"InnerTooLong", "3003040200", false},
    {"InnerCutShort", "300104", false},
    {"EndInsideDefinite", "30020000", false},
    {"LengthOfFiveBytes", "04850000000001aa", false},
    {"LengthCutShort", "0482ff", false},
    {"LongTag", "1f0101aa", false},
};

class Ber : public testing::TestWithParam<Outline> {};

TEST_P(Ber, IsOneElementOrNot) { EXPECT_EQ(is_one_ber_element(hex_decode(GetParam().hex).value()), GetParam().whole); }

INSTANTIATE_TEST_SUITE_P(Outlines, Ber, testing::ValuesIn(kOutlines), [](const auto& row) { return row.param.name; });

TEST(BerDepth, IsBounded) {
  Bytes nested;
  for (int depth = 0; depth < kMaxBerDepth; ++depth) {
    nested.insert(nested.begin(), {0x30, static_cast<std::uint8_t>(nested.size())});
  }
  EXPECT_TRUE(is_one_ber_element(nested));
  nested.insert(nested.begin(), {0x30, static_cast<std::uint8_t>(nested.size())});
  EXPECT_FALSE(is_one_ber_element(nested));
  // Much deeper, in both forms, costs nothing.
  EXPECT_FALSE(is_one_ber_element(hex_decode("3080").value()));
  Bytes deep;
  for (int i = 0; i < 4000; ++i) deep.insert(deep.end(), {0x30, 0x80});
  EXPECT_FALSE(is_one_ber_element(deep));
}

}  // namespace
}  // namespace claviger::crypto
