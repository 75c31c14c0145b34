#include "server/metrics.h"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <utility>
#include <vector>

namespace claviger::server {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

ClientMetric counter(std::uint64_t value, std::vector<ClientMetric::Label> labels = {}) {
  ClientMetric metric;
  metric.label = std::move(labels);
  metric.counter.value = static_cast<double>(value);
  return metric;
}

MetricFamily family(std::string name, std::string help, MetricType type) {
  MetricFamily result;
  result.name = std::move(name);
  result.help = std::move(help);
  result.type = type;
  return result;
}

MetricFamily single(std::string name, std::string help, std::uint64_t value) {
  MetricFamily result = family(std::move(name), std::move(help), MetricType::Counter);
  result.metric.push_back(counter(value));
  return result;
}

MetricFamily gauge(std::string name, std::string help, std::uint64_t value) {
  MetricFamily result = family(std::move(name), std::move(help), MetricType::Gauge);
  ClientMetric metric;
  metric.gauge.value = static_cast<double>(value);
  result.metric.push_back(std::move(metric));
  return result;
}

MetricFamily calls(const ActionTable& actions, std::span<const CallCounts* const> loops) {
  MetricFamily result =
      family("claviger_calls_total", "API calls by service, action and outcome.", MetricType::Counter);
  for (std::size_t i = 0; i <= actions.all().size(); ++i) {
    std::uint64_t succeeded = 0;
    std::uint64_t refused = 0;
    std::uint64_t failed = 0;
    for (const CallCounts* loop : loops) {
      succeeded += loop->by_action[i].succeeded.load(std::memory_order_relaxed);
      refused += loop->by_action[i].refused.load(std::memory_order_relaxed);
      failed += loop->by_action[i].failed.load(std::memory_order_relaxed);
    }
    const bool known = i < actions.all().size();
    const std::string service = known ? std::string(service_info(actions.all()[i]->service()).name) : "unknown";
    const std::string action = known ? std::string(actions.all()[i]->name()) : "unknown";
    const auto labels = [&](const char* outcome) {
      return std::vector<ClientMetric::Label>{{"service", service}, {"action", action}, {"outcome", outcome}};
    };
    result.metric.push_back(counter(succeeded, labels("success")));
    result.metric.push_back(counter(refused, labels("refused")));
    result.metric.push_back(counter(failed, labels("failed")));
  }
  return result;
}

}  // namespace

std::string metrics_text(const ActionTable& actions, std::span<const CallCounts* const> loops,
                         const http::Counters& http, store::Revision revision, bool ready) {
  std::uint64_t parse_errors = 0;
  for (const std::uint64_t count : http.parse_errors) parse_errors += count;
  return prometheus::TextSerializer().Serialize({
      calls(actions, loops),
      gauge("claviger_http_connections", "Open connections.", http.connections_open),
      single("claviger_http_connections_accepted_total", "Connections accepted.", http.connections_accepted),
      single("claviger_http_connections_refused_total", "Connections refused at the limit.", http.connections_refused),
      single("claviger_http_requests_total", "Complete HTTP requests.", http.requests),
      single("claviger_http_malformed_total", "Requests refused for their framing.", parse_errors),
      single("claviger_http_timeouts_total", "Connections closed for being slow.", http.timeouts),
      single("claviger_http_read_bytes_total", "Bytes of HTTP read.", http.bytes_read),
      single("claviger_http_written_bytes_total", "Bytes of HTTP written.", http.bytes_written),
      single("claviger_tls_handshake_failures_total", "TLS handshakes that failed.", http.tls_handshake_failures),
      gauge("claviger_store_revision", "Revision of the newest durable commit.", revision),
      gauge("claviger_ready", "1 when the server can work.", ready ? 1 : 0),
  });
}

}  // namespace claviger::server
