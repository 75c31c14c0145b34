// Any bytes through the HTTP parser: however they are split, the requests found and the refusal are
// the same, and what a request says of itself agrees with its bytes.
#include <cstdint>
#include <string>
#include <vector>

#include "base/check.h"
#include "http/request_parser.h"
#include "http/text.h"

namespace claviger::http {
namespace {

using State = RequestParser::State;

// Small, so that every bound is within reach of small inputs.
ParserLimits small_limits() {
  return {.target_bytes = 64,
          .header_bytes = 256,
          .header_count = 8,
          .body_bytes = 128,
          .chunk_line_bytes = 32,
          .chunk_framing_bytes = 96,
          .trailer_bytes = 64};
}

std::string describe(const RequestParser& parser) {
  const Request request = parser.request();
  CLAVIGER_CHECK(!request.method.empty() && request.target.starts_with('/'));
  CLAVIGER_CHECK(request.body.size() <= 128 && request.headers.size() <= 8);
  std::string text(request.method);
  text.append(" ").append(request.target);
  int lengths = 0;
  int codings = 0;
  for (const auto& [field, value] : request.headers) {
    lengths += equal_ignoring_case(field, "content-length");
    codings += equal_ignoring_case(field, "transfer-encoding");
    CLAVIGER_CHECK(value.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos);
    text.append("\n").append(field).append(":").append(value);
  }
  CLAVIGER_CHECK(lengths + codings <= 1);
  CLAVIGER_CHECK(lengths + codings == 1 || request.body.empty());
  if (lengths == 1) CLAVIGER_CHECK(*request.header("Content-Length") == std::to_string(request.body.size()));
  return text.append("\n\n").append(as_text(request.body)).append(parser.keep_alive() ? "\nkeep" : "\nclose");
}

// What comes out when the bytes arrive in pieces whose sizes follow from `seed`; 0: in one.
std::vector<std::string> run(ByteSpan bytes, std::uint32_t seed) {
  std::vector<std::string> outcome;
  RequestParser parser(small_limits());
  while (!bytes.empty()) {
    seed = seed * 1664525u + 1013904223u * (seed != 0);
    const std::size_t wanted = seed == 0 ? bytes.size() : 1 + (seed >> 24) % 9;
    ByteSpan piece = bytes.first(std::min(wanted, bytes.size()));
    bytes = bytes.subspan(piece.size());
    while (!piece.empty()) {
      const std::size_t used = parser.feed(piece);
      CLAVIGER_CHECK(used > 0 && used <= piece.size());
      piece = piece.subspan(used);
      if (parser.state() == State::kFailed) {
        outcome.emplace_back(name(parser.error()));
        return outcome;
      }
      if (parser.state() != State::kComplete) continue;
      outcome.push_back(describe(parser));
      parser.reset();
      CLAVIGER_CHECK(parser.untouched());
    }
  }
  outcome.push_back(parser.untouched() ? "at rest" : parser.state() == State::kHead ? "in header" : "in body");
  return outcome;
}

}  // namespace
}  // namespace claviger::http

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 4096) return 0;
  const claviger::ByteSpan bytes(data, size);
  const auto whole = claviger::http::run(bytes, 0);
  for (const std::uint32_t seed : {1u, 77u, static_cast<std::uint32_t>(size) * 2654435761u | 1u}) {
    CLAVIGER_CHECK(claviger::http::run(bytes, seed) == whole);
  }
  return 0;
}
