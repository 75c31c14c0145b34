// What is asked of the server besides the API: whether it lives, whether it can work, and its metrics. Not signed, not
// audited, and nothing in the answers that a client could not know.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "http/handler.h"

namespace claviger::server {

class Endpoints final {
 public:
  // A part that can fail, and why it does; an empty text means that it works. Thread-safe.
  struct Check {
    std::string name;
    std::function<std::string()> failure;
  };
  // `metrics` makes the text of /metrics. Thread-safe.
  Endpoints(std::vector<Check> checks, std::function<std::string()> metrics);

  // Answers GET and HEAD of /health/live, /health/ready and /metrics. False, and `responder` is untouched, for anything
  // else.
  bool answer(const http::Request& request, http::Responder& responder) const;

  // `{"ready":true}`, or `{"ready":false,"reasons":{"<part>":"<why>"}}`.
  std::string readiness(bool& ready) const;

 private:
  const std::vector<Check> checks_;
  const std::function<std::string()> metrics_;
};

}  // namespace claviger::server
