#include "cli/policy_explanation.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "audit/reader.h"
#include "base/identifiers.h"
#include "base/json.h"
#include "cli/decision_text.h"
#include "cli/json_members.h"
#include "server/decision_report.h"

namespace claviger::cli {
namespace {

// What the event says of the call.
struct CallFacts {
  std::string request_id, time, service, name, caller, error_code, error_message;
  std::vector<std::string> resources;
  // All that a grant to the caller can call it.
  std::vector<std::string> names;
};

Result<CallFacts> read_facts(std::string_view event) {
  json::Parser parser;
  const auto parsed = parser.parse(as_bytes(event));
  if (!parsed || parsed->type() != json::Type::kObject) return fail(Error::corrupt("an event is not JSON"));
  const auto text = [&parsed](std::string_view name) { return std::string(text_or(member(*parsed, name), "")); };
  CallFacts facts{.request_id = text("requestID"), .time = text("eventTime"), .service = text("eventSource")};
  facts.name = text("eventName");
  facts.error_code = text("errorCode");
  facts.error_message = text("errorMessage");
  const json::Value identity = member(*parsed, "userIdentity");
  facts.caller = text_or(member(identity, "arn"), text_or(member(identity, "invokedBy"), ""));
  const json::Value issuer = member(member(identity, "sessionContext"), "sessionIssuer");
  const std::string account(text_or(member(identity, "accountId"), ""));
  const auto arn = split_arn(facts.caller);
  for (std::string name : {facts.caller, std::string(text_or(member(issuer, "arn"), "")), account,
                           fmt::format("arn:{}:iam::{}:root", arn ? arn->partition : "aws", account)}) {
    if (!name.empty()) facts.names.push_back(std::move(name));
  }
  const json::Value resources = member(*parsed, "resources");
  if (resources.valid() && resources.type() == json::Type::kArray) {
    json::ArrayCursor cursor = resources.elements();
    json::Value each;
    while (cursor.next(each)) facts.resources.emplace_back(text_or(member(each, "ARN"), ""));
  }
  return facts;
}

// The action's permission, `kms:Encrypt`; the record of a decision names it only where it is another.
std::string permission_of(const CallFacts& facts) {
  return fmt::format("{}:{}", facts.service.substr(0, facts.service.find('.')), facts.name);
}

// What there is to say of a call that no decision is recorded of.
std::string_view why_undecided(const CallFacts& facts) {
  if (facts.error_code.starts_with("AccessDenied")) {
    return "no decision is recorded: the action itself decides whom it allows, or the record is of an older version";
  }
  if (!facts.error_code.empty()) return "it was refused before any policy was asked";
  return "no decision is recorded: the action needs no permission, or nobody called, or the record is of an older "
         "version";
}

// The grants that the caller no longer had, as lines and as a member.
Status add_gone(const server::DecisionReport& report, const CallFacts& facts, const GrantsGone& gone, std::string& text,
                json::Writer<std::string>& writer) {
  if (!gone || !report.grants_asked) return {};
  CLAVIGER_ASSIGN(const std::vector<GoneGrant> grants, gone(report.resource, facts.names));
  writer.name("goneGrants");
  writer.begin_array();
  for (const GoneGrant& grant : grants) {
    text += fmt::format("  grant {}: no longer there: {} at {}, request {}\n", printable(grant.grant_id),
                        grant.event_name, printable(grant.time), printable(grant.request_id));
    writer.begin_object();
    for (const auto& [name, value] : {std::pair<std::string_view, const std::string&>{"grantId", grant.grant_id},
                                      {"eventName", grant.event_name},
                                      {"eventTime", grant.time},
                                      {"requestId", grant.request_id}}) {
      writer.name(name);
      writer.string(value);
    }
    writer.end_object();
  }
  writer.end_array();
  return {};
}

}  // namespace

Result<Explanation> explain_call(std::string_view event, std::string_view decisions, const GrantsGone& gone) {
  CLAVIGER_ASSIGN(const CallFacts facts, read_facts(event));
  std::vector<server::DecisionReport> reports;
  if (!decisions.empty()) {
    CLAVIGER_ASSIGN(reports, server::parse_decisions(decisions));
  }
  Explanation explanation;
  std::string& text = explanation.text;
  text = fmt::format("{} {} by {}, request {}: {}\n", printable(facts.time), printable(facts.name),
                     facts.caller.empty() ? "somebody unknown" : printable(facts.caller), printable(facts.request_id),
                     facts.error_code.empty() ? "done" : printable(facts.error_code));
  if (!facts.error_message.empty()) text += fmt::format("the caller was told: {}\n", printable(facts.error_message));
  json::Writer<std::string> writer(explanation.json);
  const auto field = [&writer](std::string_view name, std::string_view value) {
    writer.name(name);
    writer.string(value);
  };
  writer.begin_object();
  field("requestId", facts.request_id);
  field("eventTime", facts.time);
  field("eventName", facts.name);
  field("caller", facts.caller);
  field("errorCode", facts.error_code);
  field("errorMessage", facts.error_message);
  if (reports.empty()) {
    text += fmt::format("{}\n", why_undecided(facts));
    field("undecided", why_undecided(facts));
  }
  writer.name("decisions");
  writer.begin_array();
  bool all_allowed = true;
  for (server::DecisionReport& report : reports) {
    if (report.action.empty()) report.action = permission_of(facts);
    if (report.resource.empty() && facts.resources.size() == 1) report.resource = facts.resources.front();
    all_allowed = all_allowed && report.allowed();
    append_decision(report, text);
    writer.begin_object();
    write_decision(report, writer);
    CLAVIGER_TRY(add_gone(report, facts, gone, text, writer));
    writer.end_object();
  }
  writer.end_array();
  writer.end_object();
  if (!reports.empty() && all_allowed && !facts.error_code.empty()) {
    text += "no policy refused it: it failed afterwards\n";
  }
  return explanation;
}

Result<Explanation> explain_request(audit::Files& files, const std::string& directory, const std::string& request_id) {
  struct Found {
    audit::Sequence sequence = 0;
    std::string event, decisions;
  };
  // An event may stand twice (docs/architecture.md); both say the same.
  std::optional<Found> found;
  CLAVIGER_TRY(
      audit::for_each_event(files, directory, {.request_id = request_id}, [&found](const audit::StoredEvent& event) {
        found = Found{event.sequence, std::string(event.json), std::string(event.decisions)};
        return false;
      }));
  if (!found) return fail(ErrorCode::kNotFound, {}, fmt::format("no event has the request id {}", request_id));
  const GrantsGone gone = [&](const std::string& key_arn,
                              std::vector<std::string> grantees) -> Result<std::vector<GoneGrant>> {
    GrantHistory history(std::move(grantees));
    CLAVIGER_TRY(audit::for_each_event(files, directory, {.resource_arn = key_arn}, [&](const audit::StoredEvent& one) {
      if (one.sequence < found->sequence) history.see(one.json);
      return one.sequence < found->sequence;
    }));
    return std::vector<GoneGrant>(history.gone().begin(), history.gone().end());
  };
  return explain_call(found->event, found->decisions, gone);
}

}  // namespace claviger::cli
