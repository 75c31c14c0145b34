// The control endpoint of `claviger dev`: what tests tell a server while it runs (docs/dev-control.md). A listener of
// its own, made by that command alone, for programs on the same machine.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "http/handler.h"
#include "http/server.h"
#include "server/interference.h"
#include "server/moved_clock.h"

namespace claviger::cli {

// What can be told. Everything outlives the endpoint; what is called may block.
struct ControlTargets {
  server::ClockMover& clock;
  std::function<Status(const server::ClockMove&)> move_clock;
  // Does what became due, and returns how many keys were deleted.
  std::function<Result<std::size_t>()> sweep;
  server::Interference& interference;
  // Delivers what is held no more; does not wait for it.
  std::function<void()> resume_replication;
};

struct ControlReply {
  int status = 200;
  std::string json;
};

// What a request asks for, once it is known to come from a program on this machine. 404 for an unknown target, 405 for
// a method that it does not have, 400 with `Error` for a body that is not as the target's, 500 for what failed here.
[[nodiscard]] ControlReply answer_control(const ControlTargets& targets, std::string_view method,
                                          std::string_view target, ByteSpan body);

// Whether a request may be one of a program on this machine, and not one that a page of a foreign site makes a browser
// send: it names the address that it came to (a page under a name of its own that resolves to this machine does not),
// says nothing of a page, and has a body of JSON, which a browser sends to another site only after asking. The text is
// what is wrong; empty: nothing.
[[nodiscard]] std::string_view foreign_page(const http::Request& request, std::uint16_t port);

class ControlServer final {
 public:
  // `listen` as parse_listen() made it. `clock` gives the Date field. One loop, which the targets may block.
  ControlServer(http::Options listen, const Clock& clock, ControlTargets targets);

  // kValidation for an address that is not of this machine alone; else as http::Server::start().
  [[nodiscard]] Status start();
  // After start().
  std::uint16_t port() const { return server_.port(); }

 private:
  const std::string address_;
  http::Server server_;
};

}  // namespace claviger::cli
