#include "server/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <string>

#include "base/json.h"

namespace claviger::server {
namespace {

std::string line(std::string_view event, std::initializer_list<Logger::Field> fields) {
  std::string text;
  json::Writer<std::string> writer(text);
  writer.begin_object();
  writer.name("event");
  writer.string(event);
  for (const auto& [name, value] : fields) {
    writer.name(name);
    writer.string(value);
  }
  writer.end_object();
  return text;
}

}  // namespace

// A logger of this object's own: spdlog's registry of loggers is global state.
Logger::Logger()
    : logger_(std::make_shared<spdlog::logger>("claviger", std::make_shared<spdlog::sinks::stderr_sink_mt>())) {
  logger_->set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %l %v");
}

Logger::~Logger() = default;

void Logger::info(std::string_view event, std::initializer_list<Field> fields) {
  logger_->info("{}", line(event, fields));
}
void Logger::warning(std::string_view event, std::initializer_list<Field> fields) {
  logger_->warn("{}", line(event, fields));
}
void Logger::error(std::string_view event, std::initializer_list<Field> fields) {
  logger_->error("{}", line(event, fields));
}

}  // namespace claviger::server
