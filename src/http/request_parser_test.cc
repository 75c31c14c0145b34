#include "http/request_parser.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "http/malformed_requests.h"

namespace claviger::http {
namespace {

using State = RequestParser::State;

// Feeds pieces that end at the given places, as a connection would.
void feed_in_pieces(RequestParser& parser, std::string_view bytes, std::size_t piece) {
  while (!bytes.empty() && (parser.state() == State::kHead || parser.state() == State::kBody)) {
    std::string_view now = bytes.substr(0, piece);
    bytes.remove_prefix(now.size());
    while (!now.empty() && (parser.state() == State::kHead || parser.state() == State::kBody)) {
      now.remove_prefix(parser.feed(as_bytes(now)));
    }
  }
}

struct Outcome {
  State state = State::kHead;
  int status = 0;
  std::string text;
  bool operator==(const Outcome&) const = default;
};

Outcome outcome_of(const RequestParser& parser) {
  Outcome outcome{.state = parser.state(), .status = 0, .text = {}};
  if (parser.state() == State::kFailed) outcome.status = http_status(parser.error());
  if (parser.state() != State::kComplete) return outcome;
  const Request request = parser.request();
  outcome.text.append(request.method).append(" ").append(request.target);
  for (const auto& [field, value] : request.headers) outcome.text.append("|").append(field).append("=").append(value);
  outcome.text.append("|").append(as_text(request.body)).append(parser.keep_alive() ? "|keep" : "|close");
  return outcome;
}

Outcome parse(std::string_view bytes, std::size_t piece = 1'000'000) {
  RequestParser parser{ParserLimits{}};
  feed_in_pieces(parser, bytes, piece);
  return outcome_of(parser);
}

struct ValidRequest {
  std::string_view name;
  std::string bytes;
  std::string_view text;
};

std::vector<ValidRequest> valid_requests() {
  const std::string chunked = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n";
  return {
      {"no body", "GET /?a=b HTTP/1.1\r\nHost: a:80\r\n\r\n", "GET /?a=b|Host=a:80||keep"},
      {"body", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
       "POST /|Host=a|Content-Length=5|hello|keep"},
      {"empty body", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", "POST /|Host=a|Content-Length=0||keep"},
      {"white space around values", "GET / HTTP/1.1\r\nHost: \t a \t\r\nX:\r\nY: a  b\r\n\r\n",
       "GET /|Host=a|X=|Y=a  b||keep"},
      {"close", "GET / HTTP/1.1\r\nHost: a\r\nConnection: Close\r\n\r\n", "GET /|Host=a|Connection=Close||close"},
      {"HTTP/1.0", "GET / HTTP/1.0\r\n\r\n", "GET /||close"},
      {"HTTP/1.0 kept alive", "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "GET /|Connection=keep-alive||keep"},
      {"absolute-form", "GET http://A:80/x HTTP/1.1\r\nHost: a:80\r\n\r\n", "GET /x|Host=a:80||keep"},
      {"absolute-form without path", "GET https://a HTTP/1.1\r\nHost: a\r\n\r\n", "GET /|Host=a||keep"},
      {"IPv6 host", "GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n", "GET /|Host=[::1]:80||keep"},
      {"chunks", chunked + "5\r\nhello\r\n00a\r\n 0123\r\n\r\n!\r\n0\r\n\r\n",
       "POST /|Host=a|Transfer-Encoding=Chunked|hello 0123\r\n\r\n!|keep"},
      {"no chunks", chunked + "0\r\n\r\n", "POST /|Host=a|Transfer-Encoding=Chunked||keep"},
      {"extensions and trailer", chunked + "5;a=b;c=\"d e\"\r\nhello\r\n0;x\r\nHost: b\r\nY: z\r\n\r\n",
       "POST /|Host=a|Transfer-Encoding=Chunked|hello|keep"},
      {"largest chunked body", chunked + "80000\r\n" + std::string(0x80000, 'x') + "\r\n0\r\n\r\n", ""},
      {"100 fields",
       [] {
         std::string bytes = "GET / HTTP/1.1\r\nHost: a\r\n";
         for (int i = 0; i < 99; ++i) bytes += "X: a\r\n";
         return bytes + "\r\n";
       }(),
       ""},
      {"largest header", "GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(16 * 1024 - 16 - 9 - 3 - 4, 'a') + "\r\n\r\n",
       ""},
  };
}

TEST(RequestParser, ReadsARequestAndLeavesTheNext) {
  RequestParser parser{ParserLimits{}};
  const std::string_view bytes = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhiGET";
  EXPECT_EQ(parser.feed(as_bytes(bytes)), bytes.size() - 3);
  ASSERT_EQ(parser.state(), State::kComplete);
  EXPECT_EQ(as_text(parser.request().body), "hi");
  parser.reset();
  EXPECT_TRUE(parser.untouched());
  EXPECT_EQ(parser.feed(as_bytes("GET")), 3u);
  EXPECT_FALSE(parser.untouched());
}

TEST(RequestParser, ReadsValidRequestsHoweverTheyAreSplit) {
  for (const ValidRequest& request : valid_requests()) {
    SCOPED_TRACE(request.name);
    const Outcome whole = parse(request.bytes);
    EXPECT_EQ(whole.state, State::kComplete) << "status " << whole.status;
    if (!request.text.empty()) {
      EXPECT_EQ(whole.text, request.text);
    }
    EXPECT_EQ(parse(request.bytes, 1), whole);
    EXPECT_EQ(parse(request.bytes, 3), whole);
  }
}

TEST(RequestParser, ReadsARequestSplitAtEveryByte) {
  for (const ValidRequest& request : valid_requests()) {
    if (request.bytes.size() > 1000) continue;
    const Outcome whole = parse(request.bytes);
    for (std::size_t at = 1; at < request.bytes.size(); ++at) {
      RequestParser parser{ParserLimits{}};
      feed_in_pieces(parser, std::string_view(request.bytes).substr(0, at), at);
      ASSERT_TRUE(parser.state() == State::kHead || parser.state() == State::kBody) << request.name << " at " << at;
      feed_in_pieces(parser, std::string_view(request.bytes).substr(at), request.bytes.size());
      EXPECT_EQ(outcome_of(parser), whole) << request.name << " at " << at;
    }
  }
}

TEST(RequestParser, RefusesMalformedRequestsHoweverTheyAreSplit) {
  const auto table = malformed_requests();
  EXPECT_GE(table.size(), 60u);
  for (const MalformedRequest& request : table) {
    SCOPED_TRACE(request.name);
    const Outcome whole = parse(request.bytes);
    EXPECT_EQ(whole.state, State::kFailed) << whole.text;
    EXPECT_EQ(whole.status, request.status);
    EXPECT_EQ(parse(request.bytes, 1), whole);
    EXPECT_EQ(parse(request.bytes, 7), whole);
  }
}

TEST(RequestParser, WipesWhatItHeldOnReset) {
  RequestParser parser{ParserLimits{}};
  const std::string_view bytes = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nsecret";
  parser.feed(as_bytes(bytes));
  const std::string_view body = as_text(parser.request().body);
  ASSERT_EQ(body, "secret");
  parser.reset();
  // The memory is kept for the next request.
  EXPECT_EQ(body, std::string_view("\0\0\0\0\0\0", 6));
}

TEST(RequestParser, TellsOfAnExpectedContinueOnHttp11Only) {
  for (const bool modern : {true, false}) {
    RequestParser parser{ParserLimits{}};
    const std::string bytes = std::string("POST / HTTP/1.") + (modern ? "1" : "0") +
                              "\r\nHost: a\r\nExpect: 100-Continue\r\nContent-Length: 6\r\n\r\n";
    parser.feed(as_bytes(bytes));
    ASSERT_EQ(parser.state(), State::kBody);
    EXPECT_EQ(parser.expects_continue(), modern);
  }
}

TEST(ParseErrorNames, AreDistinct) {
  std::vector<std::string_view> names;
  for (std::size_t i = 0; i < kParseErrorCount; ++i) names.push_back(name(static_cast<ParseError>(i)));
  std::ranges::sort(names);
  EXPECT_EQ(std::ranges::adjacent_find(names), names.end());
  EXPECT_EQ(std::ranges::count(names, "unknown"), 0);
}

}  // namespace
}  // namespace claviger::http
