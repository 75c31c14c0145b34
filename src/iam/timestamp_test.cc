#include "iam/timestamp.h"

#include <gtest/gtest.h>

namespace claviger::iam {
namespace {

TEST(Timestamp, BasicFormIsReadAndWrittenAlike) {
  for (std::string_view text : {"19700101T000000Z", "20260131T235000Z", "20240229T000000Z", "99991231T235959Z"}) {
    ASSERT_TRUE(parse_basic_iso8601(text)) << text;
    EXPECT_EQ(format_basic_iso8601(*parse_basic_iso8601(text)), text);
  }
}

TEST(Timestamp, BasicFormRefusesWhatIsNoTime) {
  for (std::string_view text :
       {"", "20260131", "20260131T235000", "20260131T2350000", "20260131T235000z", "20260131 235000Z",
        "20260229T000000Z", "20261301T000000Z", "20260100T000000Z", "20260131T240000Z", "20260131T236000Z",
        "20260131T235960Z", "2026 131T235000Z", "-2260131T235000Z", "19691231T235959Z", "20260131T235000Zx"}) {
    EXPECT_FALSE(parse_basic_iso8601(text)) << text;
  }
}

TEST(Timestamp, HttpDateIsRead) {
  const auto time = parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT");
  ASSERT_TRUE(time);
  EXPECT_EQ(format_basic_iso8601(*time), "19941106T084937Z");
  for (std::string_view text :
       {"", "Sun, 06 Nov 1994 08:49:37 UTC", "Sun, 06 nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT",
        "Sun Nov  6 08:49:37 1994", "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:61 GMT"}) {
    EXPECT_FALSE(parse_http_date(text)) << text;
  }
}

}  // namespace
}  // namespace claviger::iam
