// Internal to http/: one client's connection.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <memory>
#include <optional>
#include <string>

#include "base/secret.h"
#include "http/event_loop.h"
#include "http/handler.h"
#include "http/request_parser.h"

namespace claviger::http {

// Reads a request, has it handled, writes the response, and so on, one request at a time; nothing is
// read from the client while a request is handled or a response is written. Everything runs on the
// loop's thread, except for send() and take_buffer(), which whoever holds the Responder calls.
class Connection final : public Exchange, public std::enable_shared_from_this<Connection> {
 public:
  // With `tls` the client must do a handshake first. One that is `refused` is one too many, and is
  // only told so.
  Connection(std::shared_ptr<EventLoop> loop, boost::asio::ip::tcp::socket socket,
             std::shared_ptr<boost::asio::ssl::context> tls, bool refused);

  // Where the loop keeps it.
  void set_place(std::size_t place) { place_ = place; }
  std::size_t place() const { return place_; }
  bool is_refused() const { return refused_; }

  // Whoever calls one of these holds a reference of their own: the connection may be closed in it.
  void start();
  void check_deadline();
  void close_if_idle();
  void close();

  void send(Response response) override;
  SecretBytes take_buffer() override { return std::move(spare_body_); }

 private:
  enum class Phase : std::uint8_t { kHandshake, kOpen, kClosing, kClosed };

  void handshake();
  void advance();
  void parse_available();
  void parse_some();
  void dispatch();
  void complete(Response response);
  void answer_and_close(int status);
  bool write_pending();
  void write_rest(std::size_t written);
  void finish_write();
  void read();
  void on_read(const boost::system::error_code& ec, std::size_t size);
  void begin_close();
  void discard_input();
  void time_out();

  const std::shared_ptr<EventLoop> loop_;  // first: the socket needs its io_context to the end
  boost::asio::ip::tcp::socket socket_;
  const std::shared_ptr<boost::asio::ssl::context> tls_context_;
  std::optional<boost::asio::ssl::stream<boost::asio::ip::tcp::socket&>> tls_;
  std::optional<TlsInfo> tls_info_;
  std::string peer_ip_;
  std::size_t place_ = 0;
  const bool refused_;

  Phase phase_ = Phase::kHandshake;
  bool reading_ = false;
  bool writing_ = false;
  bool handling_ = false;        // a Responder is out
  bool inside_handler_ = false;  // handle() is on the stack
  bool close_after_write_ = false;
  bool input_unread_ = false;  // the client may still be sending what nobody will read
  bool in_body_ = false;
  bool timed_out_ = false;
  std::size_t discarded_ = 0;
  EventLoop::Steady deadline_{};  // of the handshake, of waiting for a header, of closing
  EventLoop::Steady write_deadline_{};
  EventLoop::Steady body_since_{};

  RequestParser parser_;
  SecretBytes input_;  // [begin_, end_) is read and not parsed
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  SecretBytes output_;     // responses to be written next
  SecretBytes in_flight_;  // what is being written; must not move meanwhile
  SecretBytes spare_body_;
  Response posted_;  // on its way from another thread
};

}  // namespace claviger::http
