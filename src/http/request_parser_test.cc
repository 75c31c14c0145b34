#include "http/request_parser.h"

#include <gtest/gtest.h>

namespace claviger::http {
namespace {

TEST(RequestParser, ReadsARequestAndLeavesTheNext) {
  RequestParser parser{ParserLimits{}};
  const std::string_view bytes = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhiGET";
  EXPECT_EQ(parser.feed(as_bytes(bytes)), bytes.size() - 3);
  ASSERT_EQ(parser.state(), RequestParser::State::kComplete);
  EXPECT_EQ(as_text(parser.request().body), "hi");
}

}  // namespace
}  // namespace claviger::http
