#include "cli/control_server.h"

#include <fmt/format.h>

#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "base/json.h"
#include "cli/control_entries.h"
#include "cli/seed_fields.h"
#include "cli/yaml_tree.h"
#include "wire/error_shape.h"

namespace claviger::cli {
namespace {

constexpr std::string_view kJson = "application/json";
constexpr std::size_t kMaxBodyBytes = 64 * 1024;
constexpr std::size_t kMaxConnections = 64;
// What errors call the body.
constexpr std::string_view kBody = "request";

using JsonWriter = json::Writer<std::string>;

ControlReply refusal(int status, std::string_view why) {
  ControlReply reply{.status = status};
  JsonWriter writer(reply.json);
  writer.begin_object();
  writer.name("Error");
  writer.string(why);
  writer.end_object();
  return reply;
}

ControlReply refusal(const Error& error) {
  return refusal(error.code() == ErrorCode::kValidation ? 400 : 500,
                 error.detail().empty() ? error.message() : error.detail());
}

ControlReply told(const Result<ControlReply>& reply) { return reply ? *reply : refusal(reply.error()); }

ControlReply clock_reply(const server::ClockMover& clock, std::optional<std::size_t> deleted) {
  ControlReply reply;
  JsonWriter writer(reply.json);
  writer.begin_object();
  writer.name("Now");
  writer.string(format_iso8601(clock.now()));
  writer.name("AheadSeconds");
  writer.integer(std::chrono::floor<std::chrono::seconds>(clock.offset()).count());
  if (deleted) {
    writer.name("DeletedKeys");
    writer.integer(static_cast<std::int64_t>(*deleted));
  }
  writer.end_object();
  return reply;
}

Result<ControlReply> move_clock(const ControlTargets& targets, ByteSpan body) {
  CLAVIGER_ASSIGN(const yaml::Node node, yaml::parse(kBody, as_text(body)));
  CLAVIGER_ASSIGN(const server::ClockMove move, read_clock_move(kBody, node));
  CLAVIGER_TRY(targets.move_clock(move));
  CLAVIGER_ASSIGN(const std::size_t deleted, targets.sweep());
  return clock_reply(targets.clock, deleted);
}

void write_text(JsonWriter& writer, std::string_view name, std::string_view value) {
  writer.name(name);
  writer.string(value);
}

void write_number(JsonWriter& writer, std::string_view name, std::uint64_t value) {
  writer.name(name);
  writer.integer(static_cast<std::int64_t>(value));
}

void write_fault(JsonWriter& writer, const server::Faults::Report& report) {
  const server::Fault& fault = report.fault;
  writer.begin_object();
  if (!fault.actions.empty()) {
    writer.name("Actions");
    writer.begin_array();
    for (const std::string& action : fault.actions) writer.string(action);
    writer.end_array();
  }
  if (fault.key) write_text(writer, "KeyId", fault.key->view());
  if (fault.count) write_number(writer, "Count", *fault.count);
  if (fault.share != 1) {
    writer.name("Share");
    writer.literal(fmt::format("{}", fault.share));
  }
  if (fault.error) write_text(writer, "Error", wire::error_shape(Service::kKms, *fault.error).type);
  if (!fault.message.empty()) write_text(writer, "Message", fault.message);
  if (fault.delay.count() > 0) {
    write_number(writer, "DelayMilliseconds", static_cast<std::uint64_t>(fault.delay.count()));
  }
  write_number(writer, "Matched", report.matched);
  write_number(writer, "Struck", report.struck);
  writer.end_object();
}

ControlReply faults_reply(const server::Faults& faults) {
  ControlReply reply;
  JsonWriter writer(reply.json);
  writer.begin_object();
  writer.name("Faults");
  writer.begin_array();
  for (const server::Faults::Report& report : faults.report()) write_fault(writer, report);
  writer.end_array();
  writer.end_object();
  return reply;
}

Result<ControlReply> set_faults(server::Faults& faults, ByteSpan body) {
  CLAVIGER_ASSIGN(const yaml::Node node, yaml::parse(kBody, as_text(body)));
  CLAVIGER_ASSIGN(const SeedFields fields, SeedFields::of(kBody, node, "the body", {"Faults"}));
  CLAVIGER_ASSIGN(const yaml::Node* const list, fields.require("Faults"));
  CLAVIGER_ASSIGN(std::vector<server::Fault> wanted, read_faults(kBody, *list));
  faults.set(std::move(wanted));
  return faults_reply(faults);
}

ControlReply delays_reply(const server::Visibility& visibility) {
  const server::VisibilityDelays delays = visibility.delays();
  ControlReply reply;
  JsonWriter writer(reply.json);
  const auto write_seconds = [&](std::string_view name, std::chrono::milliseconds delay) {
    writer.name(name);
    writer.integer(std::chrono::floor<std::chrono::seconds>(delay).count());
  };
  writer.begin_object();
  write_seconds("GrantsSeconds", delays.grants);
  write_seconds("AliasesSeconds", delays.aliases);
  write_seconds("PoliciesSeconds", delays.policies);
  writer.end_object();
  return reply;
}

Result<ControlReply> set_delays(server::Visibility& visibility, ByteSpan body) {
  CLAVIGER_ASSIGN(const yaml::Node node, yaml::parse(kBody, as_text(body)));
  CLAVIGER_ASSIGN(const server::VisibilityDelays delays, read_visibility_delays(kBody, node));
  visibility.set(delays);
  return delays_reply(visibility);
}

ControlReply replication_reply(const server::ReplicationHold& hold) {
  ControlReply reply;
  JsonWriter writer(reply.json);
  writer.begin_object();
  writer.name("HeldKeys");
  writer.begin_array();
  for (const KeyId& key : hold.keys()) writer.string(key.view());
  writer.end_array();
  writer.end_object();
  return reply;
}

Result<ControlReply> hold_replication(const ControlTargets& targets, ByteSpan body) {
  CLAVIGER_ASSIGN(const yaml::Node node, yaml::parse(kBody, as_text(body)));
  CLAVIGER_ASSIGN(std::set<KeyId> keys, read_held_keys(kBody, node));
  targets.interference.replication.set(std::move(keys));
  targets.resume_replication();
  return replication_reply(targets.interference.replication);
}

// On the control endpoint's own loop, which serves nothing else and may wait.
class ControlHandler final : public http::Handler {
 public:
  ControlHandler(ControlTargets targets, const http::Server& server) : targets_(std::move(targets)), server_(server) {}

  void handle(const http::Request& request, http::Responder responder) override {
    const std::string_view foreign = foreign_page(request, server_.port());
    const ControlReply reply = foreign.empty() ? answer_control(targets_, request.method, request.target, request.body)
                                               : refusal(403, foreign);
    http::Response response;
    response.status = reply.status;
    response.content_type = kJson;
    response.body.append(reply.json);
    responder.send(std::move(response));
  }

 private:
  const ControlTargets targets_;
  const http::Server& server_;
};

http::Options bounded(http::Options options) {
  options.loops = 1;
  options.limits.body_bytes = kMaxBodyBytes;
  options.max_connections = kMaxConnections;
  return options;
}

}  // namespace

ControlReply answer_control(const ControlTargets& targets, std::string_view method, std::string_view target,
                            ByteSpan body) {
  if (target == "/clock") {
    if (method == "GET") return clock_reply(targets.clock, std::nullopt);
    if (method == "POST") return told(move_clock(targets, body));
    return refusal(405, "/clock has GET and POST");
  }
  if (target == "/faults") {
    server::Faults& faults = targets.interference.faults;
    if (method == "GET") return faults_reply(faults);
    if (method == "PUT") return told(set_faults(faults, body));
    return refusal(405, "/faults has GET and PUT");
  }
  if (target == "/visibility-delay") {
    server::Visibility& visibility = targets.interference.visibility;
    if (method == "GET") return delays_reply(visibility);
    if (method == "PUT") return told(set_delays(visibility, body));
    return refusal(405, "/visibility-delay has GET and PUT");
  }
  if (target == "/replication") {
    if (method == "GET") return replication_reply(targets.interference.replication);
    if (method == "PUT") return told(hold_replication(targets, body));
    return refusal(405, "/replication has GET and PUT");
  }
  return refusal(404, "there are /clock, /faults, /visibility-delay and /replication");
}

std::string_view foreign_page(const http::Request& request, std::uint16_t port) {
  const std::string_view* host = request.header("host");
  bool names_us = false;
  for (const std::string_view name : {"127.0.0.1", "localhost", "[::1]"}) {
    names_us = names_us || (host != nullptr && *host == fmt::format("{}:{}", name, port));
  }
  if (!names_us) return "the Host field must name 127.0.0.1, localhost or [::1] and the port";
  for (const std::string_view sign : {"origin", "referer", "sec-fetch-site"}) {
    if (request.header(sign) != nullptr) return "pages in a browser have no access";
  }
  if (request.method == "GET") return {};
  const std::string_view* type = request.header("content-type");
  return type != nullptr && *type == kJson ? "" : "the Content-Type must be application/json";
}

ControlServer::ControlServer(http::Options listen, const Clock& clock, ControlTargets targets)
    : address_(listen.address),
      server_(bounded(std::move(listen)), clock, [this, targets = std::move(targets)](http::Loop&) {
        return std::make_unique<ControlHandler>(targets, server_);
      }) {}

Status ControlServer::start() {
  if (address_ == "127.0.0.1" || address_ == "::1") return server_.start();
  return fail(Error::validation("the control endpoint listens on 127.0.0.1 or [::1] only"));
}

}  // namespace claviger::cli
