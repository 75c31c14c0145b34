#include "http/connection.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>
#include <utility>

#include "http/response_writer.h"
#include "http/reused_buffer.h"
#include "http/secret_gate.h"
#include "http/tls.h"

namespace claviger::http {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

// An ordinary request fits the first; a body that does not is read with fewer calls.
constexpr std::size_t kInputBytes = 4 * 1024;
constexpr std::size_t kLargeInputBytes = 32 * 1024;
// Responses to pipelined requests are written together up to this size.
constexpr std::size_t kMaxGatheredBytes = 64 * 1024;
// What is read from a client only so that it sees why it was closed.
constexpr std::size_t kMaxDiscardedBytes = 1024 * 1024;

// A socket that listens on `::` sees IPv4 clients as ::ffff:a.b.c.d; policies and records want a.b.c.d.
std::string text_of(const asio::ip::address& address) {
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).to_string();
  }
  return address.to_string();
}

asio::const_buffer to_buffer(ByteSpan bytes) { return {bytes.data(), bytes.size()}; }
asio::mutable_buffer to_buffer(MutableByteSpan bytes) { return {bytes.data(), bytes.size()}; }

}  // namespace

Connection::Connection(std::shared_ptr<EventLoop> loop, asio::ip::tcp::socket socket,
                       std::shared_ptr<asio::ssl::context> tls, bool refused)
    : loop_(std::move(loop)),
      socket_(std::move(socket)),
      tls_context_(std::move(tls)),
      refused_(refused),
      parser_(loop_->options().limits) {}

void Connection::start() {
  error_code ec;
  const auto peer = socket_.remote_endpoint(ec);
  if (!ec) socket_.set_option(asio::ip::tcp::no_delay(true), ec);
  if (!ec) socket_.non_blocking(true, ec);
  if (ec) return close();  // the client is gone already
  peer_ip_ = text_of(peer.address());
  if (refused_) {
    phase_ = Phase::kOpen;
    answer_and_close(503);
    return advance();
  }
  if (tls_context_) return handshake();
  phase_ = Phase::kOpen;
  deadline_ = loop_->now() + loop_->options().idle_time;
  read();
}

void Connection::handshake() {
  deadline_ = loop_->now() + loop_->options().header_time;
  tls_.emplace(socket_, *tls_context_);
  tls_->async_handshake(asio::ssl::stream_base::server, [self = shared_from_this()](const error_code& ec) {
    if (self->phase_ == Phase::kClosed) return;
    if (ec) {
      self->loop_->counters().tls_failures.add();
      // The alert that Asio has sent must not be lost to a reset.
      self->phase_ = Phase::kClosing;
      self->deadline_ = self->loop_->now() + self->loop_->options().linger_time;
      return self->discard_input();
    }
    self->tls_info_ = describe_tls(self->tls_->native_handle());
    self->phase_ = Phase::kOpen;
    self->deadline_ = self->loop_->now() + self->loop_->options().idle_time;
    self->read();
  });
}

// Does all that can be done without waiting; whatever is then waited for comes back here.
void Connection::advance() {
  while (phase_ == Phase::kOpen) {
    parse_available();
    if (writing_) return;
    if (!output_.empty()) {
      if (!write_pending()) return;
    } else if (close_after_write_) {
      return begin_close();
    } else if (handling_) {
      return;
    } else if (begin_ == end_) {
      return read();
    }
  }
}

void Connection::parse_available() {
  while (!handling_ && !close_after_write_ && begin_ < end_ && output_.size() < kMaxGatheredBytes) parse_some();
}

void Connection::parse_some() {
  const bool fresh = parser_.untouched();
  const std::size_t used = parser_.feed(input_.expose(SecretGate::access()).subspan(begin_, end_ - begin_));
  wipe(input_.writable().subspan(begin_, used));
  begin_ += used;
  switch (parser_.state()) {
    case RequestParser::State::kHead:
      if (fresh) deadline_ = loop_->now() + loop_->options().header_time;
      break;
    case RequestParser::State::kBody:
      if (!std::exchange(in_body_, true)) {
        body_since_ = loop_->now();
        if (parser_.expects_continue() && begin_ == end_ && parser_.body_received() == 0) {
          output_.append(std::string_view("HTTP/1.1 100 Continue\r\n\r\n"));
        }
      }
      break;
    case RequestParser::State::kComplete:
      dispatch();
      break;
    case RequestParser::State::kFailed:
      loop_->counters().parse_errors[static_cast<std::size_t>(parser_.error())].add();
      answer_and_close(http_status(parser_.error()));
      break;
  }
}

void Connection::dispatch() {
  loop_->counters().requests.add();
  Request request = parser_.request();
  request.peer_ip = peer_ip_;
  request.tls = tls_info_ ? &*tls_info_ : nullptr;
  handling_ = true;
  inside_handler_ = true;
  try {
    loop_->handler().handle(request, Responder(shared_from_this()));
  } catch (...) {
    // The Responder has answered 500, or whoever holds it will.
    loop_->counters().handler_failures.add();
  }
  inside_handler_ = false;
}

void Connection::send(Response response) {
  if (loop_->is_current()) return complete(std::move(response));
  posted_ = std::move(response);
  loop_->post([self = shared_from_this()] { self->complete(std::move(self->posted_)); });
}

void Connection::complete(Response response) {
  if (phase_ != Phase::kOpen) {
    loop_->counters().dropped.add();
    return;
  }
  close_after_write_ = response.close || !parser_.keep_alive() || loop_->draining();
  input_unread_ = close_after_write_ && begin_ < end_;
  append_response(response,
                  {.date = loop_->date(),
                   .close = close_after_write_,
                   .keep_alive = parser_.is_http_1_0(),
                   .without_body = parser_.is_head()},
                  output_);
  spare_body_ = std::move(response.body);
  clear_and_shrink(spare_body_);
  parser_.reset();
  handling_ = false;
  in_body_ = false;
  deadline_ = loop_->now() + loop_->options().idle_time;
  if (!inside_handler_) advance();
}

void Connection::answer_and_close(int status) {
  append_response(Response{.status = status, .content_type = {}, .headers = {}, .body = {}},
                  {.date = loop_->date(), .close = true}, output_);
  close_after_write_ = true;
  input_unread_ = true;
  parser_.reset();
}

// True when everything is written; false when on_written or nothing will go on.
bool Connection::write_pending() {
  std::swap(in_flight_, output_);
  write_deadline_ = loop_->now() + loop_->options().write_time;
  std::size_t written = 0;
  if (!tls_) {
    // At once, without a way through the scheduler: the socket's buffer nearly always has room.
    error_code ec;
    written = socket_.send(to_buffer(in_flight_.expose(SecretGate::access())), 0, ec);
    if (ec && ec != asio::error::would_block) {
      close();
      return false;
    }
    if (written == in_flight_.size()) {
      finish_write();
      return true;
    }
  }
  write_rest(written);
  return false;
}

void Connection::write_rest(std::size_t written) {
  writing_ = true;
  auto done = [self = shared_from_this()](const error_code& ec, std::size_t) {
    self->writing_ = false;
    if (self->phase_ == Phase::kClosed) return;
    if (ec) return self->close();
    self->finish_write();
    self->advance();
  };
  const auto rest = to_buffer(in_flight_.expose(SecretGate::access()).subspan(written));
  if (tls_) {
    asio::async_write(*tls_, rest, std::move(done));
  } else {
    asio::async_write(socket_, rest, std::move(done));
  }
}

void Connection::finish_write() {
  loop_->counters().bytes_written.add(in_flight_.size());
  clear_and_shrink(in_flight_);
}

void Connection::read() {
  const bool large = in_body_ && parser_.body_received() >= kInputBytes;
  const std::size_t wanted = large ? kLargeInputBytes : kInputBytes;
  if (input_.size() != wanted) input_ = SecretBytes(wanted);
  reading_ = true;
  auto done = [self = shared_from_this()](const error_code& ec, std::size_t size) { self->on_read(ec, size); };
  if (tls_) {
    tls_->async_read_some(to_buffer(input_.writable()), std::move(done));
  } else {
    socket_.async_read_some(to_buffer(input_.writable()), std::move(done));
  }
}

void Connection::on_read(const error_code& ec, std::size_t size) {
  reading_ = false;
  if (phase_ != Phase::kOpen) return;
  begin_ = 0;
  end_ = size;
  loop_->counters().bytes_read.add(size);
  if (timed_out_) {
    answer_and_close(408);
  } else if (ec) {
    return close();
  }
  advance();
}

void Connection::check_deadline() {
  const EventLoop::Steady now = loop_->now();
  const Options& options = loop_->options();
  if (phase_ == Phase::kHandshake || phase_ == Phase::kClosing) {
    if (now < deadline_) return;
    if (phase_ == Phase::kHandshake) loop_->counters().timeouts.add();
    return close();
  }
  if (writing_) {
    if (now < write_deadline_) return;
    loop_->counters().timeouts.add();
    return close();
  }
  if (!reading_) return;  // the handler has all the time it needs
  if (in_body_) {
    const auto earned = std::chrono::milliseconds(parser_.body_received() * 1000 / options.body_bytes_per_second);
    if (now - body_since_ >= options.body_grace + earned) time_out();
  } else if (now >= deadline_) {
    if (parser_.untouched()) return close();
    time_out();
  }
}

// The read that is under way ends with an error, and on_read() answers.
void Connection::time_out() {
  loop_->counters().timeouts.add();
  timed_out_ = true;
  error_code ignored;
  socket_.cancel(ignored);
}

void Connection::close_if_idle() {
  if (phase_ == Phase::kHandshake || (phase_ == Phase::kOpen && reading_ && parser_.untouched())) close();
}

// A socket closed with unread input resets the connection, and the client may lose the response; so
// what the client still sends is read for a while (RFC 9112 section 9.6).
void Connection::begin_close() {
  phase_ = Phase::kClosing;
  deadline_ = loop_->now() + (input_unread_ ? loop_->options().linger_time : loop_->options().tick);
  if (!tls_) return input_unread_ ? discard_input() : close();
  tls_->async_shutdown([self = shared_from_this()](const error_code&) {
    if (self->phase_ == Phase::kClosed) return;
    if (self->input_unread_) return self->discard_input();
    self->close();
  });
}

void Connection::discard_input() {
  error_code ec;
  if (discarded_ == 0) socket_.shutdown(asio::ip::tcp::socket::shutdown_send, ec);
  if (ec) return close();
  if (input_.size() < kInputBytes) input_ = SecretBytes(kInputBytes);
  socket_.async_read_some(to_buffer(input_.writable()),
                          [self = shared_from_this()](const error_code& failure, std::size_t size) {
                            if (self->phase_ == Phase::kClosed) return;
                            self->discarded_ += size;
                            if (failure || self->discarded_ > kMaxDiscardedBytes) return self->close();
                            self->discard_input();
                          });
}

void Connection::close() {
  if (phase_ == Phase::kClosed) return;
  phase_ = Phase::kClosed;
  error_code ignored;
  socket_.close(ignored);
  loop_->remove(*this);
}

}  // namespace claviger::http
