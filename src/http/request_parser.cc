#include "http/request_parser.h"

#include <algorithm>
#include <boost/beast/http/basic_parser.hpp>
#include <cstring>
#include <optional>
#include <vector>

#include "base/check.h"
#include "http/reused_buffer.h"
#include "http/secret_gate.h"
#include "http/text.h"

namespace claviger::http {
namespace {

namespace beast = boost::beast::http;
using boost::beast::error_code;

// Room for the method, two spaces, the version and the line end around the target.
constexpr std::size_t kMaxMethodBytes = 32;
constexpr std::size_t kRequestLineOverhead = kMaxMethodBytes + 12;

const char* find_line_end(ByteSpan bytes) {
  return static_cast<const char*>(std::memchr(bytes.data(), '\n', bytes.size()));
}

bool is_content_length(std::string_view text) {
  // RFC 9110 section 8.6 has 1*DIGIT; leading zeros are refused because some recipients read them as
  // octal, and 19 digits always fit.
  return !text.empty() && text.size() <= 19 && std::ranges::all_of(text, is_digit) &&
         (text.size() == 1 || text.front() != '0');
}

// RFC 9110 section 7.2, RFC 3986 section 3.2: a name or address with an optional port. No user
// information, and no percent-encoding, which nobody needs here and which could hide something.
bool is_host(std::string_view text) {
  return !text.empty() && text.size() <= 255 && std::ranges::all_of(text, [](char c) {
    return is_alphanumeric(c) || std::string_view("-._~:[]").contains(c);
  });
}

// A request line of three words, the last of them `HTTP/` DIGIT `.` DIGIT.
bool ends_with_version(std::string_view line) {
  if (line.size() < 9 || std::ranges::count(line, ' ') != 2) return false;
  const std::string_view version = line.substr(line.size() - 9);
  return version.starts_with(" HTTP/") && is_digit(version[6]) && version[7] == '.' && is_digit(version[8]);
}

}  // namespace

int http_status(ParseError error) {
  switch (error) {
    case ParseError::kRequestLine:
    case ParseError::kTarget:
    case ParseError::kHeader:
    case ParseError::kHost:
    case ParseError::kContentLength:
    case ParseError::kTransferEncoding:
    case ParseError::kChunk:
      return 400;
    case ParseError::kBodyTooLarge:
      return 413;
    case ParseError::kTargetTooLong:
      return 414;
    case ParseError::kExpectation:
      return 417;
    case ParseError::kHeaderTooLarge:
    case ParseError::kTooManyHeaders:
      return 431;
    case ParseError::kMethodTooLong:
    case ParseError::kUnsupportedCoding:
      return 501;
    case ParseError::kVersion:
      return 505;
  }
  return 400;
}

std::string_view name(ParseError error) {
  switch (error) {
    case ParseError::kRequestLine:
      return "request_line";
    case ParseError::kTarget:
      return "target";
    case ParseError::kTargetTooLong:
      return "target_too_long";
    case ParseError::kMethodTooLong:
      return "method_too_long";
    case ParseError::kVersion:
      return "version";
    case ParseError::kHeader:
      return "header";
    case ParseError::kHeaderTooLarge:
      return "header_too_large";
    case ParseError::kTooManyHeaders:
      return "too_many_headers";
    case ParseError::kHost:
      return "host";
    case ParseError::kContentLength:
      return "content_length";
    case ParseError::kTransferEncoding:
      return "transfer_encoding";
    case ParseError::kUnsupportedCoding:
      return "unsupported_coding";
    case ParseError::kExpectation:
      return "expectation";
    case ParseError::kBodyTooLarge:
      return "body_too_large";
    case ParseError::kChunk:
      return "chunk";
  }
  return "unknown";
}

// The parser is given units that do not depend on how the bytes arrived: the whole header at once,
// pieces of a body, whole chunk-size lines, a whole trailer. Lines are cut at LF here, which is where
// bare LF and folding are caught; names, values and numbers are Beast's to judge first.
class RequestParser::Impl final {
 public:
  explicit Impl(const ParserLimits& limits) : limits_(limits) { start(); }

  std::size_t feed(ByteSpan bytes) {
    CLAVIGER_CHECK(state_ == State::kHead || state_ == State::kBody);
    std::size_t used = 0;
    while (used < bytes.size() && (state_ == State::kHead || state_ == State::kBody)) {
      const ByteSpan rest = bytes.subspan(used);
      if (state_ == State::kHead) {
        used += feed_head(rest);
      } else if (chunked_ && chunk_remaining_ == 0) {
        used += feed_chunk_line(rest);
      } else {
        used += feed_body(rest);
      }
    }
    return used;
  }

  void reset() {
    for (SecretBytes* buffer : {&head_, &body_, &line_}) clear_and_shrink(*buffer);
    start();
  }

  // The part of Beast's parser that can be overridden: it tells what it found.
  class Beast final : public beast::basic_parser<true> {
   public:
    explicit Beast(Impl& owner) : owner_(owner) {}

   private:
    void on_request_impl(beast::verb, boost::beast::string_view method, boost::beast::string_view target, int version,
                         error_code& ec) override {
      owner_.on_request_line({method.data(), method.size()}, {target.data(), target.size()}, version);
      owner_.report(ec);
    }
    void on_field_impl(beast::field field, boost::beast::string_view name, boost::beast::string_view value,
                       error_code& ec) override {
      owner_.on_field(field, {name.data(), name.size()}, {value.data(), value.size()});
      owner_.report(ec);
    }
    void on_header_impl(error_code& ec) override {
      owner_.on_header(*this);
      owner_.report(ec);
    }
    void on_chunk_header_impl(std::uint64_t size, boost::beast::string_view extensions, error_code& ec) override {
      owner_.on_chunk_header(size, {extensions.data(), extensions.size()});
      owner_.report(ec);
    }
    std::size_t on_body_impl(boost::beast::string_view body, error_code&) override {
      owner_.body_.append(std::string_view(body.data(), body.size()));
      return body.size();
    }
    std::size_t on_chunk_body_impl(std::uint64_t, boost::beast::string_view body, error_code&) override {
      owner_.body_.append(std::string_view(body.data(), body.size()));
      owner_.chunk_remaining_ -= body.size();
      return body.size();
    }
    void on_finish_impl(error_code&) override { owner_.state_ = State::kComplete; }
    void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
    void on_response_impl(int, boost::beast::string_view, int, error_code&) override {}

    Impl& owner_;
  };

  State state_ = State::kHead;
  ParseError error_ = ParseError::kRequestLine;
  SecretBytes head_;
  SecretBytes body_;
  std::string_view method_;
  std::string_view target_;
  std::vector<Header> headers_;
  int version_ = 0;  // 10 or 11; 0 before the request line is parsed
  bool expects_continue_ = false;
  bool keep_alive_ = false;

 private:
  void start() {
    parser_.emplace(*this);
    // The header is bounded here, before Beast sees it.
    parser_->header_limit(static_cast<std::uint32_t>(limits_.header_bytes));
    parser_->body_limit(limits_.body_bytes);
    state_ = State::kHead;
    headers_.clear();
    failure_.reset();
    line_start_ = scanned_ = 0;
    version_ = hosts_ = content_lengths_ = transfer_encodings_ = 0;
    host_ = transfer_encoding_ = {};
    in_header_ = true;
    expects_continue_ = keep_alive_ = chunked_ = after_chunk_ = in_trailer_ = false;
    chunk_remaining_ = 0;
    chunk_framing_bytes_ = trailer_fields_ = 0;
  }

  void fail(ParseError error) {
    error_ = error;
    state_ = State::kFailed;
  }

  // Makes Beast stop after a callback found something to refuse.
  void refuse(ParseError error) {
    if (!failure_) failure_ = error;
  }
  void report(error_code& ec) const {
    if (failure_) ec = beast::make_error_code(beast::error::bad_value);
  }

  void put(ByteSpan bytes, bool more_is_fine) {
    error_code ec;
    const std::size_t used = parser_->put(boost::asio::const_buffer(bytes.data(), bytes.size()), ec);
    if (more_is_fine && ec == beast::error::need_more) return;
    if (ec) return fail(failure_ ? *failure_ : classify(ec));
    CLAVIGER_CHECK(used == bytes.size());
  }

  ParseError classify(const error_code& ec) const {
    if (ec == beast::error::body_limit) return ParseError::kBodyTooLarge;
    if (in_header_ && version_ == 0) return classify_request_line(ec);
    if (!in_header_) return ParseError::kChunk;
    if (ec == beast::error::bad_content_length || ec == beast::error::multiple_content_length) {
      return ParseError::kContentLength;
    }
    if (ec == beast::error::bad_transfer_encoding) return ParseError::kTransferEncoding;
    return ParseError::kHeader;
  }

  ParseError classify_request_line(const error_code& ec) const {
    const std::string_view head = as_text(head_.expose(SecretGate::access()));
    const std::string_view line = head.substr(0, head.find('\r'));
    return ec == beast::error::bad_version && ends_with_version(line) ? ParseError::kVersion : ParseError::kRequestLine;
  }

  std::size_t feed_head(ByteSpan bytes) {
    const std::size_t old_size = head_.size();
    // Whatever is not HTTP at all, such as a TLS handshake, is refused at its first byte.
    if (old_size == 0 && !is_token_character(static_cast<char>(bytes.front()))) {
      fail(ParseError::kRequestLine);
      return 1;
    }
    head_.append(bytes.first(std::min(bytes.size(), limits_.header_bytes + 1 - old_size)));
    const ByteSpan head = head_.expose(SecretGate::access());
    while (state_ == State::kHead) {
      const char* line_end = find_line_end(head.subspan(scanned_));
      scanned_ =
          line_end ? static_cast<std::size_t>(line_end - reinterpret_cast<const char*>(head.data())) + 1 : head.size();
      if (!check_head_size()) break;
      if (!line_end) break;
      if (check_head_line(head.subspan(line_start_, scanned_ - line_start_))) {
        head_.resize(scanned_);
        put(head_.expose(SecretGate::access()), false);
        if (state_ == State::kHead) state_ = State::kBody;
        in_header_ = false;
        line_start_ = 0;
        break;
      }
      line_start_ = scanned_;
    }
    return std::max<std::size_t>(head_.size() - old_size, 1);
  }

  // Looks at the bytes up to scanned_ only, so that the answer does not depend on what came along.
  bool check_head_size() {
    if (line_start_ == 0 && scanned_ > std::min(limits_.target_bytes + kRequestLineOverhead, limits_.header_bytes)) {
      fail(ParseError::kTargetTooLong);
      return false;
    }
    if (scanned_ > limits_.header_bytes) {
      fail(ParseError::kHeaderTooLarge);
      return false;
    }
    return true;
  }

  // True for the empty line that ends the header.
  bool check_head_line(ByteSpan line) {
    const bool first = line_start_ == 0;
    const bool bare_line_feed = line.size() < 2 || line[line.size() - 2] != '\r';
    const bool folded = !first && (line.front() == ' ' || line.front() == '\t');
    const bool empty = !bare_line_feed && line.size() == 2;
    if (bare_line_feed || folded || (first && empty)) {
      fail(first ? ParseError::kRequestLine : ParseError::kHeader);
      return false;
    }
    return empty;
  }

  void on_request_line(std::string_view method, std::string_view target, int version) {
    method_ = method;
    target_ = target;
    version_ = version;
    if (method.size() > kMaxMethodBytes) return refuse(ParseError::kMethodTooLong);
    if (target.size() > limits_.target_bytes) return refuse(ParseError::kTargetTooLong);
    // A fragment is never sent, and non-ASCII must be percent-encoded (RFC 3986 section 3.5, 2).
    if (std::ranges::any_of(target, [](char c) { return c == '#' || static_cast<unsigned char>(c) >= 0x80; })) {
      refuse(ParseError::kTarget);
    }
  }

  void on_field(beast::field field, std::string_view name, std::string_view value) {
    if (!in_header_) {
      if (++trailer_fields_ > limits_.header_count) refuse(ParseError::kChunk);
      return;
    }
    if (headers_.size() >= limits_.header_count) return refuse(ParseError::kTooManyHeaders);
    headers_.emplace_back(name, value);
    if (field == beast::field::host) {
      ++hosts_;
      host_ = value;
    } else if (field == beast::field::content_length) {
      if (++content_lengths_ > 1 || !is_content_length(value)) refuse(ParseError::kContentLength);
    } else if (field == beast::field::transfer_encoding) {
      if (++transfer_encodings_ > 1) refuse(ParseError::kTransferEncoding);
      transfer_encoding_ = value;
    } else if (field == beast::field::expect) {
      if (!equal_ignoring_case(value, "100-continue")) return refuse(ParseError::kExpectation);
      expects_continue_ = version_ >= 11;
    }
  }

  void on_header(const Beast& parser) {
    check_framing();
    check_host();
    if (failure_) return;
    keep_alive_ = parser.keep_alive();
    chunked_ = transfer_encodings_ > 0;
  }

  void check_framing() {
    if (transfer_encodings_ == 0) return;
    if (content_lengths_ > 0) return refuse(ParseError::kContentLength);
    if (version_ < 11) return refuse(ParseError::kTransferEncoding);
    if (equal_ignoring_case(transfer_encoding_, "chunked")) return;
    // Whatever looks like `chunked` without being it may be read as chunked by somebody else.
    std::string lower(transfer_encoding_);
    std::ranges::transform(lower, lower.begin(), to_lower);
    const bool plain = !lower.empty() && !lower.contains("chunked") && std::ranges::all_of(lower, is_token_character);
    refuse(plain ? ParseError::kUnsupportedCoding : ParseError::kTransferEncoding);
  }

  // RFC 9112 section 3.2: one Host on HTTP/1.1; the target in origin-form, or in absolute-form with
  // the same authority.
  void check_host() {
    if (hosts_ > 1 || (version_ >= 11 && hosts_ == 0) || (hosts_ == 1 && !is_host(host_))) {
      return refuse(ParseError::kHost);
    }
    if (target_.starts_with('/')) return;
    for (const std::string_view scheme : {std::string_view("http://"), std::string_view("https://")}) {
      if (!equal_ignoring_case(target_.substr(0, scheme.size()), scheme)) continue;
      const std::string_view rest = target_.substr(scheme.size());
      const std::size_t slash = std::min(rest.find('/'), rest.size());
      if (hosts_ == 0 || !equal_ignoring_case(rest.substr(0, slash), host_)) return refuse(ParseError::kTarget);
      target_ = slash == rest.size() ? std::string_view("/") : rest.substr(slash);
      return;
    }
    refuse(ParseError::kTarget);
  }

  std::size_t feed_body(ByteSpan bytes) {
    ByteSpan piece = bytes;
    if (chunked_) {
      piece = bytes.first(static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), chunk_remaining_)));
    } else {
      piece = bytes.first(static_cast<std::size_t>(
          std::min<std::uint64_t>(bytes.size(), parser_->content_length_remaining().value_or(0))));
    }
    put(piece, false);
    return piece.size();
  }

  // A line of chunked framing: the line end after a chunk's data, a chunk-size line, or a line of the
  // trailer. Beast wants the first two together, and the last chunk with the whole trailer.
  std::size_t feed_chunk_line(ByteSpan bytes) {
    const char* line_end = find_line_end(bytes);
    std::size_t size =
        line_end ? static_cast<std::size_t>(line_end - reinterpret_cast<const char*>(bytes.data())) + 1 : bytes.size();
    const std::size_t allowed = in_trailer_ ? limits_.trailer_bytes : limits_.chunk_line_bytes;
    const std::size_t have = in_trailer_ ? line_.size() - trailer_start_ : line_.size() - line_start_;
    if (size > allowed - have) {
      fail(ParseError::kChunk);
      return bytes.size();
    }
    line_.append(bytes.first(size));
    if (line_end) end_chunk_line();
    return size;
  }

  void end_chunk_line() {
    const ByteSpan line = line_.expose(SecretGate::access()).subspan(line_start_);
    const bool folded = in_trailer_ && (line.front() == ' ' || line.front() == '\t');
    if (line.size() < 2 || line[line.size() - 2] != '\r' || folded) return fail(ParseError::kChunk);
    if (!in_trailer_) chunk_framing_bytes_ += line.size();
    if (chunk_framing_bytes_ > limits_.chunk_framing_bytes) return fail(ParseError::kChunk);
    line_start_ = line_.size();
    if (after_chunk_) {
      after_chunk_ = false;
      if (line.size() != 2) fail(ParseError::kChunk);
      return;
    }
    // Beast's errors in the size line do not wait for the rest, and a last chunk does.
    put(line_.expose(SecretGate::access()), true);
    if (state_ != State::kBody) return;
    if (chunk_remaining_ > 0) {
      line_.clear();
      line_start_ = 0;
      after_chunk_ = true;
    } else if (!in_trailer_) {
      in_trailer_ = true;
      trailer_start_ = line_.size();
    }
  }

  void on_chunk_header(std::uint64_t size, std::string_view extensions) {
    if (std::ranges::any_of(extensions, [](char c) { return c != '\t' && is_control_character(c); })) {
      return refuse(ParseError::kChunk);
    }
    chunk_remaining_ = size;
  }

  const ParserLimits limits_;
  std::optional<Beast> parser_;
  std::optional<ParseError> failure_;
  SecretBytes line_;
  std::size_t line_start_ = 0;  // of the line that is being gathered: in head_, then in line_
  std::size_t scanned_ = 0;     // bytes of head_ in which line ends have been looked for
  std::size_t trailer_start_ = 0;
  int hosts_ = 0;
  int content_lengths_ = 0;
  int transfer_encodings_ = 0;
  std::string_view host_;
  std::string_view transfer_encoding_;
  bool in_header_ = true;
  bool chunked_ = false;
  bool after_chunk_ = false;
  bool in_trailer_ = false;
  std::uint64_t chunk_remaining_ = 0;
  std::size_t chunk_framing_bytes_ = 0;
  std::size_t trailer_fields_ = 0;
};

RequestParser::RequestParser(const ParserLimits& limits) : impl_(std::make_unique<Impl>(limits)) {}
RequestParser::~RequestParser() = default;

std::size_t RequestParser::feed(ByteSpan bytes) { return impl_->feed(bytes); }
RequestParser::State RequestParser::state() const { return impl_->state_; }
bool RequestParser::untouched() const { return impl_->state_ == State::kHead && impl_->head_.empty(); }
ParseError RequestParser::error() const { return impl_->error_; }
bool RequestParser::expects_continue() const { return impl_->expects_continue_; }
std::size_t RequestParser::body_received() const { return impl_->body_.size(); }
bool RequestParser::keep_alive() const { return impl_->keep_alive_; }
bool RequestParser::is_head() const { return impl_->method_ == "HEAD"; }
bool RequestParser::is_http_1_0() const { return impl_->version_ == 10; }
void RequestParser::reset() { impl_->reset(); }

Request RequestParser::request() const {
  CLAVIGER_CHECK(impl_->state_ == State::kComplete);
  return Request{.method = impl_->method_,
                 .target = impl_->target_,
                 .headers = impl_->headers_,
                 .body = impl_->body_.expose(SecretGate::access()),
                 .peer_ip = {},
                 .tls = nullptr};
}

}  // namespace claviger::http
