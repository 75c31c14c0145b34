// The HTTP/1.1 server: one event loop and one accepting socket per core, TLS, bounds, drain.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "http/handler.h"
#include "http/request_parser.h"

namespace claviger::http {

// PEM files: the certificate with its chain, leaf first, and its private key, not encrypted.
struct TlsFiles {
  std::string certificate_path;
  std::string private_key_path;
};

struct Options {
  std::string address = "127.0.0.1";  // IPv4 or IPv6, numeric
  std::uint16_t port = 0;             // 0: any free one, the same for all loops
  std::size_t loops = 0;              // 0: one per processor this process may run on
  std::optional<TlsFiles> tls;        // TLS 1.2 and 1.3 only; absent: plain HTTP

  ParserLimits limits;
  std::size_t max_connections = 10'000;  // beyond it a client gets 503 and is closed
  // Deadlines are looked at once per `tick`, so they are late by up to two of it.
  std::chrono::milliseconds tick{250};
  std::chrono::milliseconds idle_time{75'000};    // between requests on a connection
  std::chrono::milliseconds header_time{10'000};  // TLS handshake; first to last byte of a header
  // A body must be there after body_grace and one second for each body_bytes_per_second received.
  std::chrono::milliseconds body_grace{10'000};
  std::size_t body_bytes_per_second = 4 * 1024;
  std::chrono::milliseconds write_time{20'000};  // for a client to take a response
  std::chrono::milliseconds linger_time{2'000};  // for a client to see why it was closed
  // For deadlines. Called on the loops' threads.
  std::function<std::chrono::steady_clock::time_point()> monotonic = [] { return std::chrono::steady_clock::now(); };
};

// Totals since start(), summed over the loops when asked for; each number is right, the set of them
// is not one instant.
struct Counters {
  std::uint64_t connections_open = 0;
  std::uint64_t connections_accepted = 0;
  std::uint64_t connections_refused = 0;  // beyond max_connections
  std::uint64_t requests = 0;             // complete ones, handed to the handler
  std::uint64_t responses_dropped = 0;    // the client was gone
  std::uint64_t handler_failures = 0;     // exceptions that left a handler
  std::uint64_t bytes_read = 0;           // of HTTP, inside TLS
  std::uint64_t bytes_written = 0;
  std::uint64_t timeouts = 0;
  std::uint64_t tls_handshake_failures = 0;
  std::array<std::uint64_t, kParseErrorCount> parse_errors{};  // by ParseError
};

// Called once per loop, on the thread that calls start(), before any loop runs. The Loop outlives
// the Handler.
using HandlerFactory = std::function<std::unique_ptr<Handler>(Loop&)>;

// Order: construct, start(), (port(), counters(), reload_certificate() from any thread), drain() or
// destruction. start() and drain() are for one thread, the owner. Handlers are destroyed by the
// destructor, after every loop has stopped. Responders may outlive the server.
class Server final {
 public:
  // `clock` gives the Date field and must outlive the server.
  Server(Options options, const Clock& clock, HandlerFactory factory);
  // Closes everything that is open at once; call drain() first to be kind.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Reads the certificate, binds, listens and runs the loops on threads of their own. Fails with kIo
  // (address in use, file unreadable) or kValidation (bad address or PEM, an option that is zero where
  // it cannot be), and then nothing runs.
  Status start();
  // The port in use; after start().
  std::uint16_t port() const;
  std::size_t loop_count() const;
  // After start(); valid as long as the server.
  Loop& loop(std::size_t index);

  // Stops accepting, closes idle connections, lets requests that have begun finish with
  // `Connection: close`, and then stops the loops; after `limit` whatever is still open is cut off.
  // Returns true when nothing was cut off. Blocks; not from a loop's thread. Later calls return
  // true.
  bool drain(std::chrono::milliseconds limit);

  // Reads the PEM files again. New connections use the new certificate, open ones go on. On failure
  // (kIo, kValidation) the old one stays in use. kValidation without TLS.
  Status reload_certificate();

  Counters counters() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace claviger::http
