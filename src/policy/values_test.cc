#include "policy/values.h"

#include <gtest/gtest.h>

namespace claviger::policy {
namespace {

TEST(Number, IsExactToNineDigits) {
  struct Row {
    std::string_view text;
    std::optional<Number> number;
  };
  for (const Row& row : {
           Row{"0", Number{0, 0}},
           Row{"-0", Number{0, 0}},
           Row{"+7", Number{7, 0}},
           Row{"007", Number{7, 0}},
           Row{"3.25", Number{3, 250'000'000}},
           Row{"-0.5", Number{-1, 500'000'000}},
           Row{"-3", Number{-3, 0}},
           Row{"9007199254740993", Number{9'007'199'254'740'993, 0}},
           Row{"999999999999999999", Number{999'999'999'999'999'999, 0}},
           Row{"1000000000000000000", std::nullopt},
           Row{"1.0000000001", std::nullopt},
           Row{"", std::nullopt},
           Row{"-", std::nullopt},
           Row{".5", std::nullopt},
           Row{"5.", std::nullopt},
           Row{"1e3", std::nullopt},
           Row{" 1", std::nullopt},
           Row{"0x10", std::nullopt},
       }) {
    EXPECT_EQ(parse_number(row.text), row.number) << row.text;
  }
  EXPECT_LT(*parse_number("-1"), *parse_number("-0.5"));
  EXPECT_LT(*parse_number("-0.5"), *parse_number("0"));
  EXPECT_LT(*parse_number("0.1"), *parse_number("0.10000001"));
}

TEST(Date, IsIsoOrSeconds) {
  struct Row {
    std::string_view text;
    std::optional<Number> number;
  };
  for (const Row& row : {
           Row{"1970", Number{0, 0}},
           Row{"1970-01", Number{0, 0}},
           Row{"1970-01-02", Number{86'400, 0}},
           Row{"2026-11-22T02:00Z", Number{1'795'312'800, 0}},
           Row{"2026-11-22T02:00:30Z", Number{1'795'312'830, 0}},
           Row{"2026-11-22T02:00:30.5Z", Number{1'795'312'830, 500'000'000}},
           Row{"2026-11-22T03:00:30+01:00", Number{1'795'312'830, 0}},
           Row{"2026-11-21T21:30:30-04:30", Number{1'795'312'830, 0}},
           Row{"1795312830", Number{1'795'312'830, 0}},
           Row{"1969-12-31T23:59:59Z", Number{-1, 0}},
           Row{"2024-02-29", Number{1'709'164'800, 0}},
           Row{"2023-02-29", std::nullopt},
           Row{"2026-13-01", std::nullopt},
           Row{"2026-00-01", std::nullopt},
           Row{"2026-01-00", std::nullopt},
           Row{"2026-04-31", std::nullopt},
           Row{"2026-12-31", Number{1'798'675'200, 0}},
           Row{"0001-01-01", Number{-62'135'596'800, 0}},
           Row{"9999-12-31T23:59:59Z", Number{253'402'300'799, 0}},
           Row{"2026-11-22T02:00", std::nullopt},
           Row{"2026-11T02:00Z", std::nullopt},
           Row{"2026-11-22 02:00Z", std::nullopt},
           Row{"2026-11-22T24:00Z", std::nullopt},
           Row{"2026-11-22T02:00:60Z", std::nullopt},
           Row{"2026-11-22T02:00Zx", std::nullopt},
           Row{"2026-1-2", std::nullopt},
           Row{"0000-01-01", std::nullopt},
           Row{"", std::nullopt},
       }) {
    EXPECT_EQ(parse_date(row.text), row.number) << row.text;
  }
}

TEST(Bool, HasNoCase) {
  EXPECT_EQ(parse_bool("true"), true);
  EXPECT_EQ(parse_bool("FALSE"), false);
  for (std::string_view bad : {"", "1", "yes", "true ", "truetrue"}) EXPECT_EQ(parse_bool(bad), std::nullopt) << bad;
}

TEST(Cidr, ContainsAddressesOfItsBlock) {
  struct Row {
    std::string_view block, address;
    bool contains;
  };
  for (const Row& row : {
           Row{"203.0.113.0/24", "203.0.113.255", true},
           Row{"203.0.113.0/24", "203.0.114.0", false},
           Row{"203.0.113.77/24", "203.0.113.1", true},
           Row{"203.0.113.7", "203.0.113.7", true},
           Row{"203.0.113.7", "203.0.113.8", false},
           Row{"10.0.0.0/9", "10.127.0.1", true},
           Row{"10.0.0.0/9", "10.128.0.1", false},
           Row{"0.0.0.0/0", "255.255.255.255", true},
           Row{"0.0.0.0/0", "2001:db8::1", false},
           Row{"::/0", "10.0.0.1", false},
           Row{"2001:db8::/33", "2001:db8:7fff::1", true},
           Row{"2001:db8::/33", "2001:db8:8000::1", false},
           Row{"10.0.0.0/8", "::ffff:10.1.2.3", true},
           Row{"::ffff:10.0.0.0/104", "10.1.2.3", true},
           Row{"::ffff:0.0.0.0/96", "10.1.2.3", true},
           Row{"::ffff:0.0.0.0/95", "10.1.2.3", false},
           Row{"10.1.2.0/24", "10.1.0.0/16", false},
       }) {
    const auto block = parse_cidr(row.block), address = parse_cidr(row.address);
    ASSERT_TRUE(block && address) << row.block;
    EXPECT_EQ(block->contains(*address), row.contains) << row.block << " " << row.address;
  }
  for (std::string_view bad :
       {"", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0/8", "::/129", "10.0.0.0/-1", "localhost", "10.0.0.0/8/8",
        "1:2:3:4:5:6:7:8:9", "0000000000000000000000000000000000000000000000001"}) {
    EXPECT_FALSE(parse_cidr(bad)) << bad;
  }
  EXPECT_FALSE(parse_cidr(std::string_view("10.0.0.1\0x", 10)));
}

}  // namespace
}  // namespace claviger::policy
