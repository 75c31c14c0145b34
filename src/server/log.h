// The server's own log: structured lines on standard error, from an allow-list of fields. Requests, contexts and texts
// from clients are never written; what happened in a call is in the audit log.
#pragma once

#include <initializer_list>
#include <memory>
#include <string_view>
#include <utility>

namespace spdlog {
class logger;  // NOLINT(readability-identifier-naming): the library's own name
}

namespace claviger::server {

// Thread-safe.
class Logger final {
 public:
  using Field = std::pair<std::string_view, std::string_view>;

  Logger();
  ~Logger();

  void info(std::string_view event, std::initializer_list<Field> fields = {});
  void warning(std::string_view event, std::initializer_list<Field> fields = {});
  void error(std::string_view event, std::initializer_list<Field> fields = {});

 private:
  std::shared_ptr<spdlog::logger> logger_;
};

}  // namespace claviger::server
