#include "server/endpoints.h"

#include "base/json.h"

namespace claviger::server {
namespace {

constexpr std::string_view kJson = "application/json";
// Prometheus text exposition format 0.0.4.
constexpr std::string_view kMetricsText = "text/plain; version=0.0.4; charset=utf-8";

void send(http::Responder& responder, int status, std::string_view content_type, std::string_view text) {
  http::Response response;
  response.status = status;
  response.content_type = content_type;
  response.body.append(text);
  responder.send(std::move(response));
}

}  // namespace

Endpoints::Endpoints(std::vector<Check> checks, std::function<std::string()> metrics)
    : checks_(std::move(checks)), metrics_(std::move(metrics)) {}

std::string Endpoints::readiness(bool& ready) const {
  std::string text;
  json::Writer<std::string> writer(text);
  std::vector<std::pair<std::string_view, std::string>> reasons;
  for (const Check& check : checks_) {
    std::string failure = check.failure();
    if (!failure.empty()) reasons.emplace_back(check.name, std::move(failure));
  }
  ready = reasons.empty();
  writer.begin_object();
  writer.name("ready");
  writer.boolean(ready);
  if (!ready) {
    writer.name("reasons");
    writer.begin_object();
    for (const auto& [name, failure] : reasons) {
      writer.name(name);
      writer.string(failure);
    }
    writer.end_object();
  }
  writer.end_object();
  return text;
}

bool Endpoints::answer(const http::Request& request, http::Responder& responder) const {
  if (request.method != "GET" && request.method != "HEAD") return false;
  if (request.target == "/health/live") {
    send(responder, 200, kJson, R"({"live":true})");
  } else if (request.target == "/health/ready") {
    bool ready = false;
    const std::string text = readiness(ready);
    send(responder, ready ? 200 : 503, kJson, text);
  } else if (request.target == "/metrics") {
    send(responder, 200, kMetricsText, metrics_());
  } else {
    return false;
  }
  return true;
}

}  // namespace claviger::server
