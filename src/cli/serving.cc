#include "cli/serving.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>

#include "base/json.h"

namespace claviger::cli {
namespace {

constexpr std::chrono::seconds kDrainTime{20};
constexpr int kStartFailed = 1;
constexpr int kBroken = 3;

void write_status(const Serving& serving, const server::NodeOptions& options, std::uint16_t port) {
  if (serving.status_path.empty()) return;
  std::string text;
  json::Writer<std::string> writer(text);
  writer.begin_object();
  writer.name("pid");
  writer.integer(::getpid());
  writer.name("listen");
  writer.string(fmt::format("{}:{}", options.http.address, port));
  writer.name("tls");
  writer.boolean(options.http.tls.has_value());
  writer.name("memoryProtection");
  writer.string(serving.memory_protection);
  writer.end_object();
  text += "\n";
  std::ofstream(serving.status_path, std::ios::trunc) << text;
}

}  // namespace

int serve_until_stopped(server::NodeDependencies dependencies, const server::NodeOptions& options,
                        const Serving& serving, const std::function<Result<Beside>(server::Node& node)>& ready) {
  server::Logger& logger = serving.logger;
  Signals& signals = serving.signals;
  dependencies.stop = [&signals] { signals.report_broken(); };
  server::Node node(std::move(dependencies), options);
  if (const Status started = node.start(); !started) {
    logger.error("start failed", {{"detail", started.error().detail()}, {"message", started.error().message()}});
    return kStartFailed;
  }
  write_status(serving, options, node.port());
  logger.info("serving", {{"port", std::to_string(node.port())}, {"memoryProtection", serving.memory_protection}});
  Result<Beside> beside = ready(node);
  if (!beside) {
    logger.error("start failed", {{"detail", beside.error().detail()}, {"message", beside.error().message()}});
    return kStartFailed;
  }

  int exit_status = 0;
  for (bool running = true; running;) {
    switch (signals.wait()) {
      case Signals::Event::kStop:
        running = false;
        break;
      case Signals::Event::kBroken:
        logger.error("the store cannot go on; a restart recovers");
        exit_status = kBroken;
        running = false;
        break;
      case Signals::Event::kReload:
        if (const Status reloaded = node.reload_certificate(); reloaded) {
          logger.info("certificate reloaded");
        } else {
          logger.error("certificate not reloaded", {{"detail", reloaded.error().detail()}});
        }
        break;
    }
  }
  logger.info("draining");
  beside->reset();
  if (!node.drain(kDrainTime)) logger.warning("connections were cut off at the end of the drain");
  if (!serving.status_path.empty()) ::unlink(serving.status_path.c_str());
  return exit_status;
}

}  // namespace claviger::cli
