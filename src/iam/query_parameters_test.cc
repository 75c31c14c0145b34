#include "iam/query_parameters.h"

#include <gtest/gtest.h>

namespace claviger::iam {
namespace {

std::string canonical(std::string_view query, std::string_view excluded = {}) {
  QueryParameters parameters;
  EXPECT_TRUE(parameters.parse(query));
  std::string out;
  parameters.append_canonical(excluded, out);
  return out;
}

TEST(QueryParameters, CanonicalFormIsEncodedAndSorted) {
  struct Row {
    std::string_view query, expected;
  };
  for (const Row& row : {
           Row{"", ""},
           Row{"a", "a="},
           Row{"a=", "a="},
           Row{"&&a=1&", "a=1"},
           Row{"=", "="},
           Row{"b=2&a=1", "a=1&b=2"},
           Row{"a=2&a=1", "a=1&a=2"},
           Row{"a-b=1&a=2", "a=2&a-b=1"},
           Row{"a=b=c", "a=b%3Dc"},
           Row{"a=%7e%2F+", "a=~%2F%2B"},
           Row{"a=%aF%Af%0a%90%fA", "a=%AF%AF%0A%90%FA"},
           Row{"a=%g0%`0%@0%G0%/0%:0", "a=%25g0%25%600%25%400%25G0%25%2F0%25%3A0"},
           Row{"a=%zz%4", "a=%25zz%254"},
           Row{"X-Amz-Signature=1&x=2", "x=2"},
       }) {
    EXPECT_EQ(canonical(row.query), row.expected) << row.query;
  }
  EXPECT_EQ(canonical("a=1&t=2", "t"), "a=1");
}

TEST(QueryParameters, ValuesAreDecodedForReading) {
  QueryParameters parameters;
  ASSERT_TRUE(parameters.parse("X-Amz%2DDate=a%2fb&c=&c=2"));
  EXPECT_EQ(parameters.find("X-Amz-Date"), "a/b");
  EXPECT_EQ(parameters.find("c"), "");
  EXPECT_EQ(parameters.count("c"), 2u);
  EXPECT_EQ(parameters.find("d"), std::nullopt);
  EXPECT_TRUE(parameters.has_prefix("x-amz-"));
  EXPECT_FALSE(parameters.has_prefix("y-"));
}

TEST(QueryParameters, SizeAndNumberAreBounded) {
  QueryParameters parameters;
  EXPECT_TRUE(parameters.parse("a=" + std::string(kMaxQueryBytes - 2, 'x')));
  EXPECT_FALSE(parameters.parse("a=" + std::string(kMaxQueryBytes - 1, 'x')));
  std::string many;
  for (std::size_t i = 0; i < kMaxQueryParameters; ++i) many += "a&";
  EXPECT_TRUE(parameters.parse(many));
  EXPECT_FALSE(parameters.parse(many + "a"));
}

}  // namespace
}  // namespace claviger::iam
