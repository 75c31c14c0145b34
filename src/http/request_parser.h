// Bytes to requests, without any I/O: RFC 9112 with every ambiguity refused.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "base/bytes.h"
#include "http/handler.h"

namespace claviger::http {

// Bounds on what a client may send.
struct ParserLimits {
  std::size_t target_bytes = 8 * 1024;
  std::size_t header_bytes = 16 * 1024;  // request line and fields with their line ends
  std::size_t header_count = 100;
  std::size_t body_bytes = 512 * 1024;
  std::size_t chunk_line_bytes = 256;           // one chunk-size line with its extensions
  std::size_t chunk_framing_bytes = 64 * 1024;  // all chunk-size lines of one body
  std::size_t trailer_bytes = 4 * 1024;         // the trailer section of a chunked body
};

// Why a request was refused; the connection cannot go on after any of these.
enum class ParseError : std::uint8_t {
  kRequestLine,        // 400
  kTarget,             // 400: not origin-form, or absolute-form that disagrees with Host
  kTargetTooLong,      // 414
  kMethodTooLong,      // 501
  kVersion,            // 505: a well-formed version that is not 1.0 or 1.1
  kHeader,             // 400: name, value, line end or folding
  kHeaderTooLarge,     // 431
  kTooManyHeaders,     // 431
  kHost,               // 400: missing, repeated or malformed
  kContentLength,      // 400: repeated, malformed, or together with Transfer-Encoding
  kTransferEncoding,   // 400: repeated, with Content-Length, on HTTP/1.0, or something around `chunked`
  kUnsupportedCoding,  // 501: a coding other than `chunked`
  kExpectation,        // 417: other than `100-continue`
  kBodyTooLarge,       // 413
  kChunk,              // 400: size, extension, line end or trailer
};
inline constexpr std::size_t kParseErrorCount = 15;

// The status that answers it, and its name for metrics, such as `content_length`.
int http_status(ParseError error);
std::string_view name(ParseError error);

// Parses one request after the other from bytes as they come. However the bytes are split over
// calls of feed(), the outcome is the same. Beast's basic_parser does the parsing; what it lets
// through and we do not is refused around it. All memory that holds parts of a request is wiped by
// reset() and on destruction. Not thread-safe.
class RequestParser final {
 public:
  enum class State : std::uint8_t { kHead, kBody, kComplete, kFailed };

  explicit RequestParser(const ParserLimits& limits);
  ~RequestParser();
  RequestParser(const RequestParser&) = delete;
  RequestParser& operator=(const RequestParser&) = delete;

  // Takes bytes until the request is complete or refused, and returns how many it took: all of
  // them in states kHead and kBody; those behind a complete request belong to the next one. Must
  // not be called in states kComplete and kFailed.
  std::size_t feed(ByteSpan bytes);

  State state() const;
  // True when not a single byte of the request has arrived.
  bool untouched() const;
  // Only in state kFailed.
  ParseError error() const;

  // From state kBody on.
  bool expects_continue() const;  // HTTP/1.1 with `Expect: 100-continue`
  std::size_t body_received() const;

  // Only in state kComplete; views that are valid until reset() or feed(). peer_ip and tls are left
  // empty.
  Request request() const;
  bool keep_alive() const;  // what the client wants, by version and Connection field
  bool is_head() const;
  bool is_http_1_0() const;

  // Wipes everything and starts with the next request; memory beyond a modest size is given back.
  void reset();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace claviger::http
