// Runs a node until it is told to stop.
#pragma once

#include <functional>
#include <memory>
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

// What runs beside a node while it serves; null: nothing.
using Beside = std::shared_ptr<void>;

// Starts the node, calls `ready` with it, and serves until SIGTERM or SIGINT, then drains, before which what `ready`
// gave goes. The exit status of the process: 0 after an orderly stop, 1 when the start failed, `ready` included, 3 when
// only a restart can mend what happened.
int serve_until_stopped(server::NodeDependencies dependencies, const server::NodeOptions& options,
                        const Serving& serving, const std::function<Result<Beside>(server::Node& node)>& ready);

}  // namespace claviger::cli
