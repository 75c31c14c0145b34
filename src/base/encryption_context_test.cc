#include "base/encryption_context.h"

#include <gtest/gtest.h>

#include "base/encoding.h"

namespace claviger {
namespace {

using Pairs = std::vector<EncryptionContext::Pair>;

Bytes canonical(Pairs pairs) {
  const auto context = EncryptionContext::from_pairs(std::move(pairs));
  EXPECT_TRUE(context.has_value());
  Bytes out;
  if (context) {
    context->append_canonical(out);
    EXPECT_EQ(out.size(), context->canonical_size());
  }
  return out;
}

TEST(EncryptionContext, CanonicalFormIsCountThenLengthPrefixedPairsInByteOrder) {
  EXPECT_EQ(hex_encode(canonical({})), "00000000");
  EXPECT_EQ(hex_encode(canonical({{"b", ""}, {"a", "bc"}})),
            "00000002"
            "0000000161"
            "000000026263"
            "0000000162"
            "00000000");
}

TEST(EncryptionContext, OrderDoesNotMatter) {
  EXPECT_EQ(canonical({{"x", "1"}, {"y", "2"}, {"z", "3"}}), canonical({{"z", "3"}, {"x", "1"}, {"y", "2"}}));
}

TEST(EncryptionContext, SortsByUnsignedBytes) {
  // U+00E9 starts with byte 0xc3, which is negative as a signed char.
  const auto context = EncryptionContext::from_pairs({{"\u00e9", "1"}, {"z", "2"}, {"Z", "3"}});
  ASSERT_TRUE(context.has_value());
  EXPECT_EQ(context->pairs(), (Pairs{{"Z", "3"}, {"z", "2"}, {"\u00e9", "1"}}));
}

TEST(EncryptionContext, EveryOtherDifferenceChangesTheCanonicalForm) {
  const Pairs reference{{"a", "bc"}, {"d", "e"}};
  const struct {
    const char* name;
    Pairs pairs;
  } rows[] = {
      {"missing pair", {{"a", "bc"}}},
      {"extra pair", {{"a", "bc"}, {"d", "e"}, {"f", "g"}}},
      {"extra empty pair", {{"", ""}, {"a", "bc"}, {"d", "e"}}},
      {"changed value", {{"a", "bd"}, {"d", "e"}}},
      {"changed key", {{"b", "bc"}, {"d", "e"}}},
      {"case of a key", {{"A", "bc"}, {"d", "e"}}},
      {"case of a value", {{"a", "BC"}, {"d", "e"}}},
      {"a byte moved from value to key", {{"ab", "c"}, {"d", "e"}}},
      {"values swapped", {{"a", "e"}, {"d", "bc"}}},
      {"two pairs written as one", {{"a", "bcde"}}},
      {"trailing NUL", {{"a", std::string("bc\0", 3)}, {"d", "e"}}},
  };
  for (const auto& row : rows) EXPECT_NE(canonical(row.pairs), canonical(reference)) << row.name;
  EXPECT_NE(canonical({{"\u00e9", "x"}}), canonical({{"e\u0301", "x"}})) << "Unicode normal form";
}

TEST(EncryptionContext, RefusesAKeyThatOccursTwice) {
  const auto context = EncryptionContext::from_pairs({{"a", "1"}, {"b", "2"}, {"a", "1"}});
  ASSERT_FALSE(context.has_value());
  EXPECT_EQ(context.error().code(), ErrorCode::kValidation);
}

TEST(EncryptionContext, RefusesMoreThan8192CanonicalBytes) {
  const std::size_t overhead = 4 + 8 + 1;
  EXPECT_EQ(canonical({{"k", std::string(8192 - overhead, 'v')}}).size(), 8192U);
  const auto context = EncryptionContext::from_pairs({{"k", std::string(8192 - overhead + 1, 'v')}});
  ASSERT_FALSE(context.has_value());
  EXPECT_EQ(context.error().code(), ErrorCode::kValidation);
}

TEST(EncryptionContext, FindsAValueByItsKey) {
  const auto context = EncryptionContext::from_pairs({{"b", "2"}, {"a", "1"}});
  ASSERT_TRUE(context.has_value());
  ASSERT_NE(context->find("b"), nullptr);
  EXPECT_EQ(*context->find("b"), "2");
  EXPECT_EQ(context->find("B"), nullptr);
  EXPECT_EQ(context->find(""), nullptr);
  EXPECT_EQ(EncryptionContext().find("a"), nullptr);
}

}  // namespace
}  // namespace claviger
