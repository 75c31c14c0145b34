// For tests only: requests that must never reach a handler, and what answers them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace claviger::http {

struct MalformedRequest {
  std::string_view name;
  std::string bytes;
  int status;
};

// Under the default ParserLimits.
inline std::vector<MalformedRequest> malformed_requests() {
  using std::string;
  const string line = "POST / HTTP/1.1\r\n";
  const string head = line + "Host: a\r\n";
  const string chunked = head + "Transfer-Encoding: chunked\r\n\r\n";
  const auto with = [&head](std::string_view field) { return head + string(field) + "\r\n\r\nhello"; };
  const string nul(1, '\0');
  return {
      // Request line.
      {"empty line first", "\r\n" + head + "\r\n", 400},
      {"TLS client hello", string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11), 400},
      {"no target", "GET HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"no version", "GET /\r\nHost: a\r\n\r\n", 400},
      {"only a method", "GET\r\nHost: a\r\n\r\n", 400},
      {"two spaces before target", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"two spaces before version", "GET /  HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"space after version", "GET / HTTP/1.1 \r\nHost: a\r\n\r\n", 400},
      {"tab instead of space", "GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"leading space", " GET / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"space in target", "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"control byte in target", "GET /\x01 HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"NUL in target", "GET /" + nul + " HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"non-ASCII in target", "GET /\xc3\xa4 HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"fragment in target", "GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"invalid method character", "G(T / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"method too long", string(33, 'A') + " / HTTP/1.1\r\nHost: a\r\n\r\n", 501},
      {"asterisk-form", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"authority-form", "CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n", 400},
      {"relative target", "GET a HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"absolute-form of another host", "GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"absolute-form with user information", "GET http://a@b/ HTTP/1.1\r\nHost: b\r\n\r\n", 400},
      {"absolute-form of another scheme", "GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"target too long", "GET /" + string(8192, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n", 414},
      {"endless request line", "GET /" + string(20000, 'a'), 414},
      {"bare LF after request line", "GET / HTTP/1.1\nHost: a\r\n\r\n", 400},
      {"bare CR in request line", "GET /\r HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"HTTP/0.9", "GET / HTTP/0.9\r\nHost: a\r\n\r\n", 505},
      {"HTTP/1.2", "GET / HTTP/1.2\r\nHost: a\r\n\r\n", 505},
      {"HTTP/2.0", "PRI / HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
      {"version in lower case", "GET / http/1.1\r\nHost: a\r\n\r\n", 400},
      {"version with two digits", "GET / HTTP/1.10\r\nHost: a\r\n\r\n", 400},
      {"version with a sign", "GET / HTTP/+1.1\r\nHost: a\r\n\r\n", 400},
      // Fields.
      {"obs-fold", with("X: a\r\n b"), 400},
      {"obs-fold with tab", with("X: a\r\n\tb"), 400},
      {"obs-fold of an empty value", with("X:\r\n b"), 400},
      {"obs-fold before the first field", line + " Host: a\r\n\r\n", 400},
      {"white space line", with("X: a\r\n \r\nY: b"), 400},
      {"bare LF after a field", line + "Host: a\nX: b\r\n\r\n", 400},
      {"bare LF at the end", head + "\n", 400},
      {"only bare LF", "GET / HTTP/1.1\nHost: a\n\n", 400},
      {"bare CR in a value", with("X: a\rb"), 400},
      {"bare CR before CRLF", with("X: a\r"), 400},
      {"NUL in a value", with("X: a" + nul + "b"), 400},
      {"NUL in a name", with("X" + nul + ": a"), 400},
      {"control byte in a value", with("X: a\x02"), 400},
      {"DEL in a value", with("X: a\x7f"), 400},
      {"space before colon", with("Content-Length : 5"), 400},
      {"tab before colon", with("Content-Length\t: 5"), 400},
      {"no colon", with("Content-Length 5"), 400},
      {"empty name", with(": 5"), 400},
      {"separator in a name", with("X(Y): 5"), 400},
      {"non-ASCII name", with("X\xc3\xa4: 5"), 400},
      {"header too large", with("X: " + string(16 * 1024, 'a')), 431},
      {"endless header", head + "X: " + string(16 * 1024, 'a'), 431},
      {"too many fields",
       [&head] {
         string bytes = head;
         for (int i = 0; i < 100; ++i) bytes += "X: a\r\n";
         return bytes + "\r\n";
       }(),
       431},
      {"invalid Connection", with("Connection: a b"), 400},
      {"unknown expectation", with("Expect: miracles"), 417},
      // Host.
      {"no Host", line + "Content-Length: 0\r\n\r\n", 400},
      {"two Hosts", with("Host: a"), 400},
      {"two Hosts on HTTP/1.0", "GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n", 400},
      {"empty Host", line + "Host:\r\n\r\n", 400},
      {"Host with a path", line + "Host: a/b\r\n\r\n", 400},
      {"Host with user information", line + "Host: a@b\r\n\r\n", 400},
      {"Host list", line + "Host: a, b\r\n\r\n", 400},
      // Length.
      {"equal Content-Lengths", with("Content-Length: 5\r\nContent-Length: 5"), 400},
      {"different Content-Lengths", with("Content-Length: 5\r\nContent-Length: 6"), 400},
      {"equal list of lengths", with("Content-Length: 5, 5"), 400},
      {"different list of lengths", with("Content-Length: 5, 6"), 400},
      {"length with plus", with("Content-Length: +5"), 400},
      {"length with minus", with("Content-Length: -5"), 400},
      {"length in hexadecimal", with("Content-Length: 0x5"), 400},
      {"length with leading zero", with("Content-Length: 05"), 400},
      {"length with a unit", with("Content-Length: 5b"), 400},
      {"length with a fraction", with("Content-Length: 5.0"), 400},
      {"length in two words", with("Content-Length: 5 5"), 400},
      {"empty length", with("Content-Length:"), 400},
      {"quoted length", with("Content-Length: \"5\""), 400},
      {"length of 2^64", with("Content-Length: 18446744073709551616"), 400},
      {"length of 2^64 + 5", with("Content-Length: 18446744073709551621"), 400},
      {"length of 512 KiB + 1", with("Content-Length: 524289"), 413},
      // Transfer coding.
      {"length, then coding", head + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
      {"coding, then length", head + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n", 400},
      {"length and unknown coding", with("Content-Length: 5\r\nTransfer-Encoding: gzip"), 400},
      {"two codings", with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"), 400},
      {"two codings, one unknown", with("Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked"), 400},
      {"chunked twice", with("Transfer-Encoding: chunked, chunked"), 400},
      {"chunked not last", with("Transfer-Encoding: chunked, gzip"), 400},
      {"chunked after another", with("Transfer-Encoding: gzip, chunked"), 400},
      {"almost chunked", with("Transfer-Encoding: xchunked"), 400},
      {"chunked with a parameter", with("Transfer-Encoding: chunked;a=b"), 400},
      {"quoted chunked", with("Transfer-Encoding: \"chunked\""), 400},
      {"vertical tab before chunked", with("Transfer-Encoding: \vchunked"), 400},
      {"empty coding", with("Transfer-Encoding:"), 400},
      {"unknown coding", with("Transfer-Encoding: gzip"), 501},
      {"identity", with("Transfer-Encoding: identity"), 501},
      {"chunked on HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
      // Chunks.
      {"empty size", chunked + "\r\n0\r\n\r\n", 400},
      {"size not a number", chunked + "x\r\n", 400},
      {"size with 0x", chunked + "0x5\r\nhello\r\n0\r\n\r\n", 400},
      {"size with minus", chunked + "-5\r\nhello\r\n0\r\n\r\n", 400},
      {"size with plus", chunked + "+5\r\nhello\r\n0\r\n\r\n", 400},
      {"space before size", chunked + " 5\r\nhello\r\n0\r\n\r\n", 400},
      {"space after size", chunked + "5 \r\nhello\r\n0\r\n\r\n", 400},
      {"size of 2^64", chunked + "10000000000000000\r\nhello\r\n0\r\n\r\n", 400},
      {"size beyond the limit", chunked + "80001\r\nhello\r\n0\r\n\r\n", 413},
      {"bare LF after size", chunked + "5\nhello\r\n0\r\n\r\n", 400},
      {"bare CR after size", chunked + "5\rhello\r\n0\r\n\r\n", 400},
      {"data longer than size", chunked + "5\r\nhello!\r\n0\r\n\r\n", 400},
      {"data shorter than size", chunked + "5\r\nhel\r\n0\r\n\r\n", 400},
      {"bare LF after data", chunked + "5\r\nhello\n0\r\n\r\n", 400},
      {"extension too long", chunked + "5;a=" + string(260, 'b') + "\r\nhello\r\n0\r\n\r\n", 400},
      {"endless size line", chunked + string(300, '0'), 400},
      {"extension without name", chunked + "5;=b\r\nhello\r\n0\r\n\r\n", 400},
      {"LF in a quoted extension", chunked + "5;a=\"\n\"\r\nhello\r\n0\r\n\r\n", 400},
      {"control byte in a quoted extension", chunked + "5;a=\"\x01\"\r\nhello\r\n0\r\n\r\n", 400},
      {"bare LF at the end of the trailer", chunked + "0\r\n\n", 400},
      {"folded trailer", chunked + "0\r\nX: a\r\n b\r\n\r\n", 400},
      {"invalid trailer", chunked + "0\r\nX a\r\n\r\n", 400},
      {"length in the trailer", chunked + "0\r\nContent-Length: 5\r\n\r\n", 400},
      {"coding in the trailer", chunked + "0\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
      {"trailer too large", chunked + "0\r\nX: " + string(5000, 'a') + "\r\n\r\n", 400},
      {"too much framing",
       [&chunked] {
         string bytes = chunked;
         for (int i = 0; i < 300; ++i) bytes += "1;a=" + string(240, 'b') + "\r\nx\r\n";
         return bytes + "0\r\n\r\n";
       }(),
       400},
  };
}

}  // namespace claviger::http
