// Runs a node until it is told to stop.
#pragma once

#include <functional>
#include <string>

#include "cli/process.h"
#include "server/log.h"
#include "server/node.h"

namespace claviger::cli {

struct Serving {
  server::Logger& logger;
  Signals& signals;
  // Where `claviger status` looks; empty: nowhere.
  std::string status_path;
  std::string memory_protection;
};

// Starts the node, calls `ready` with its port, and serves until SIGTERM or SIGINT, then drains. The exit status of the
// process: 0 after an orderly stop, 1 when the start failed, 3 when only a restart can mend what happened.
int serve_until_stopped(server::NodeDependencies dependencies, const server::NodeOptions& options,
                        const Serving& serving, const std::function<void(std::uint16_t port)>& ready);

}  // namespace claviger::cli
