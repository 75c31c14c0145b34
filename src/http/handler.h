// What the rest of the house sees of HTTP: a request comes in, a response goes out.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "base/bytes.h"
#include "base/secret.h"

namespace claviger::http {

// A field name as the client wrote it (compare without regard to case), and its value without
// surrounding white space.
using Header = std::pair<std::string_view, std::string_view>;

// How a TLS connection was agreed on.
struct TlsInfo {
  std::string version;       // `TLSv1.3`, `TLSv1.2`
  std::string cipher_suite;  // IANA name, such as `TLS_AES_128_GCM_SHA256`
  std::string server_name;   // the name the client asked for (RFC 6066 section 3), unchecked; empty if none
};

// A complete, valid request. Everything in it is a view that stays valid until its response is sent;
// the memory is wiped then. Do not keep views beyond that.
struct Request {
  std::string_view method;
  // Path and query as sent, starting with `/`. Of an absolute-form target (RFC 9112 section 3.2.2)
  // the part behind the authority, which is equal to the Host field.
  std::string_view target;
  // In the order sent; trailer fields are dropped. On HTTP/1.1 exactly one of them is Host.
  std::span<const Header> headers;
  ByteSpan body;                 // with the chunked coding taken off
  std::string_view peer_ip;      // IPv4 or IPv6 in text form
  const TlsInfo* tls = nullptr;  // null on a connection without TLS

  // The value of the first field of that name, or nullptr; ASCII case is ignored.
  const std::string_view* header(std::string_view wanted) const;
};

// Additional fields of a response, kept as the text that is sent.
class ResponseHeaders final {
 public:
  // `name` is a token, `value` has no control characters: both come from the program, not from a
  // client, and anything else is a broken invariant. Not for Content-Length, Content-Type, Date,
  // Connection and Transfer-Encoding, which the server writes itself.
  void add(std::string_view name, std::string_view value);
  std::string_view text() const { return text_; }

 private:
  std::string text_;
};

struct Response {
  int status = 200;               // 200 to 599
  std::string_view content_type;  // of static storage duration; empty leaves the field out
  ResponseHeaders headers;
  SecretBytes body;    // ignored for 204 and 304, and not sent in answer to HEAD (its length is)
  bool close = false;  // close the connection after this response
};

// The other side of a Responder; implemented by the connection, and by fakes in tests.
class Exchange {
 public:
  virtual ~Exchange() = default;
  virtual void send(Response response) = 0;
  virtual SecretBytes take_buffer() = 0;
};

// The duty to answer one request. Move-only; may be kept, moved to another thread and outlive the
// connection and the server (the response is then dropped). Destroyed without having sent, it
// answers 500 with an empty body.
class Responder final {
 public:
  explicit Responder(std::shared_ptr<Exchange> exchange) : exchange_(std::move(exchange)) {}
  Responder(Responder&&) noexcept = default;
  Responder& operator=(Responder&& other) noexcept;
  ~Responder();

  // Sends the response; exactly once, from any thread. On the loop's own thread the bytes are
  // written at once (or, inside handle(), when it returns) and nothing is posted; from another
  // thread it costs one Loop::post.
  void send(Response response);
  // An empty buffer for the body, with the capacity of an earlier one of this connection: using it
  // saves an allocation. At most once, before send(), by whoever holds the Responder.
  SecretBytes take_buffer() { return exchange_->take_buffer(); }

 private:
  std::shared_ptr<Exchange> exchange_;
};

// Answers requests. One per loop, called on that loop's thread only, so it needs no locks of its
// own; it must not block. An exception that leaves handle() is a bug; the client gets 500 by way of
// the Responder, and the connection goes on.
class Handler {
 public:
  virtual ~Handler() = default;
  virtual void handle(const Request& request, Responder responder) = 0;
};

// One event loop, running on one thread.
class Loop {
 public:
  virtual ~Loop() = default;
  // Runs `work` on the loop's thread, in the order posted; from any thread. Costs a short lock and,
  // only when nothing was waiting, one wake-up of the loop (an eventfd write, about a microsecond if
  // the loop sleeps): posting a batch wakes it once. After the loop has stopped `work` is destroyed
  // without being run.
  virtual void post(std::move_only_function<void()> work) = 0;
  // Runs `work` on the loop's thread as soon as nothing else is to be done there, and at the latest after some 64 other
  // pieces of work: for what costs less when it is done for several requests at once. From the loop's own thread, while
  // it runs.
  virtual void when_idle(std::move_only_function<void()> work) = 0;
  // 0 to the number of loops - 1.
  virtual std::size_t index() const = 0;
  // True on the loop's own thread.
  virtual bool is_current() const = 0;
};

}  // namespace claviger::http
