// Reads what a DecisionLog wrote.
#include <fmt/format.h>

#include "audit/event.h"
#include "base/json.h"
#include "server/decision_names.h"
#include "server/decision_report.h"

namespace claviger::server {
namespace {

namespace names = decision_names;
using json::Type;
using json::Value;
using policy::PolicyType;

constexpr std::size_t kMaxDepth = 8;

std::unexpected<Error> corrupt(std::string_view what) {
  return fail(Error::corrupt(fmt::format("recorded decisions: {}", what)));
}

// The readers of one member each. Whatever is not as it is written ends the reading.
Status read(const Value& value, std::string& out) {
  if (value.type() != Type::kString) return corrupt("a text is none");
  out = value.text();
  return {};
}
Status read(const Value& value, bool& out) {
  if (value.type() != Type::kBoolean) return corrupt("a truth value is none");
  out = value.boolean();
  return {};
}
Status read(const Value& value, std::uint32_t& out) {
  if (value.type() != Type::kInteger || value.integer() < 0 || value.integer() > 0xffff) {
    return corrupt("a number is none");
  }
  out = static_cast<std::uint32_t>(value.integer());
  return {};
}
// A statement counts from 1 on in the text.
Status read_statement(const Value& value, std::uint32_t& out) {
  CLAVIGER_TRY(read(value, out));
  if (out == 0) return corrupt("a statement is none");
  --out;
  return {};
}
template <class E, std::size_t N>
Status read(const Value& value, const names::Table<E, N>& table, E& out) {
  std::string name;
  CLAVIGER_TRY(read(value, name));
  const auto known = names::value_of(table, name);
  if (!known) return corrupt("a word is unknown");
  out = *known;
  return {};
}
template <class T, class Each>
Status read_list(const Value& value, std::vector<T>& out, Each each) {
  if (value.type() != Type::kArray) return corrupt("a list is none");
  json::ArrayCursor cursor = value.elements();
  Value element;
  while (cursor.next(element)) {
    T item{};
    CLAVIGER_TRY(each(element, item));
    out.push_back(std::move(item));
  }
  return {};
}
// Calls `member(name, value)`, which returns a Status, for each member.
template <class Member>
Status read_members(const Value& value, Member member) {
  if (value.type() != Type::kObject) return corrupt("an object is none");
  json::ObjectCursor cursor = value.fields();
  std::string_view name;
  Value each;
  while (cursor.next(name, each)) CLAVIGER_TRY(member(name, each));
  return {};
}
Status unknown(std::string_view) { return corrupt("a member is unknown"); }

Status read_text(const Value& value, std::string& out) { return read(value, out); }

Status read_pair(const Value& value, std::pair<std::string, std::string>& out) {
  std::vector<std::string> texts;
  CLAVIGER_TRY(read_list(value, texts, read_text));
  if (texts.size() != 2) return corrupt("a pair is none");
  out = {std::move(texts[0]), std::move(texts[1])};
  return {};
}

Status read_condition(const Value& value, policy::TracedCondition& out) {
  return read_members(value, [&](std::string_view name, const Value& each) -> Status {
    if (name == "operator") return read(each, out.operator_name);
    if (name == "key") return read(each, out.key);
    if (name == "policy") return read_list(each, out.policy_values, read_text);
    if (name == "request") return read_list(each, out.request_values, read_text);
    if (name == "many") return read(each, out.multi_valued);
    if (name == "result") return read(each, names::kResults, out.result);
    return unknown(name);
  });
}

Status read_policy(const Value& value, ReportedPolicy& out) {
  return read_members(value, [&](std::string_view name, const Value& each) -> Status {
    if (name == "type") return read(each, names::kTypes, out.type);
    if (name == "document") return read(each, out.document);
    if (name == "name") return read(each, out.name);
    if (name == "group") return read(each, out.group);
    return unknown(name);
  });
}

Status read_grant(const Value& value, policy::TracedGrant& out) {
  return read_members(value, [&](std::string_view name, const Value& each) -> Status {
    if (name == "id") return read(each, out.grant_id);
    if (name == "name") return read(each, out.name);
    if (name == "outcome") return read(each, names::kOutcomes, out.outcome);
    if (name == "constraint") return read(each, out.constraint);
    if (name == "demanded") return read_list(each, out.demanded, read_pair);
    if (name == "requested") return read_list(each, out.requested, read_pair);
    return unknown(name);
  });
}

Status read_place(const std::vector<ReportedPolicy>& policies, std::uint32_t index, PolicyType& type,
                  std::uint32_t& document) {
  if (index >= policies.size()) return corrupt("a policy is not listed");
  type = policies[index].type;
  document = policies[index].document;
  return {};
}

Status read_traced(const Value& value, const std::vector<ReportedPolicy>& policies, policy::TracedStatement& out) {
  std::uint32_t index = 0;
  CLAVIGER_TRY(read_members(value, [&](std::string_view name, const Value& each) -> Status {
    if (name == "policy") return read(each, index);
    if (name == "statement") return read_statement(each, out.statement);
    if (name == "sid") return read(each, out.sid);
    if (name == "effect") return read(each, names::kEffects, out.effect);
    if (name == "principal") return read(each, names::kClosenesses, out.principal);
    if (name == "action") return read(each, out.action);
    if (name == "resource") return read(each, out.resource);
    if (name == "conditions") return read_list(each, out.conditions, read_condition);
    if (name == "applies") return read(each, out.applies);
    return unknown(name);
  }));
  return read_place(policies, index, out.policy, out.document);
}

// Of an allowed decision: what it rests on.
Status read_allowed(const Value& value, DecisionReport& out) {
  out.verdict = policy::Verdict::kAllow;
  ReportedPolicy on;
  CLAVIGER_TRY(read_members(value, [&](std::string_view name, const Value& each) -> Status {
    if (name == "allowed") return read(each, names::kReasons, out.reason);
    if (name == "action") return read(each, out.action);
    if (name == "resource") return read(each, out.resource);
    if (name == "policy") return read(each, names::kTypes, on.type);
    if (name == "statement") return read_statement(each, out.statement.emplace());
    if (name == "name") return read(each, on.name);
    if (name == "group") return read(each, on.group);
    if (name == "grant") return read(each, out.grant_id);
    return unknown(name);
  }));
  out.policy = on.type;
  if (on.type != PolicyType::kNone) out.policies.push_back(std::move(on));
  return {};
}

Status read_refused(const Value& value, DecisionReport& out) {
  std::uint32_t index = 0;
  CLAVIGER_TRY(read_members(value, [&](std::string_view name, const Value& each) -> Status {
    if (name == "refused") return read(each, names::kReasons, out.reason);
    if (name == "action") return read(each, out.action);
    if (name == "resource") return read(each, out.resource);
    if (name == "acrossAccounts") return read(each, out.across_accounts);
    if (name == "policies") return read_list(each, out.policies, read_policy);
    if (name == "policy") return read(each, index);
    if (name == "statement") return read_statement(each, out.statement.emplace());
    if (name == "lacking") return read(each, names::kTypes, out.policy);
    if (name == "grant") return read(each, out.grant_id);
    // The list of policies stands before.
    if (name == "statements") {
      return read_list(each, out.trace.statements, [&](const Value& one, policy::TracedStatement& statement) {
        return read_traced(one, out.policies, statement);
      });
    }
    if (name == "grants") {
      out.grants_asked = true;
      return read_list(each, out.trace.grants, read_grant);
    }
    if (name == "complete") return read(each, out.trace.complete);
    return unknown(name);
  }));
  out.verdict =
      out.reason == policy::Reason::kDenyStatement ? policy::Verdict::kExplicitDeny : policy::Verdict::kImplicitDeny;
  if (!out.statement) return {};
  return read_place(out.policies, index, out.policy, out.document);
}

Status read_undecided(const Value& value, DecisionReport& out) {
  return read_members(value, [&](std::string_view name, const Value& each) -> Status {
    if (name == "undecided") return read(each, names::kUndecided, out.undecided.emplace());
    if (name == "action") return read(each, out.action);
    if (name == "resource") return read(each, out.resource);
    return unknown(name);
  });
}

// The first member tells which kind of entry it is.
Status read_report(const Value& value, DecisionReport& out) {
  if (value.type() != Type::kObject) return corrupt("a decision is none");
  json::ObjectCursor cursor = value.fields();
  std::string_view name;
  Value first;
  if (!cursor.next(name, first)) return corrupt("a decision is empty");
  if (name == "allowed") return read_allowed(value, out);
  if (name == "refused") return read_refused(value, out);
  if (name == "undecided") return read_undecided(value, out);
  return unknown(name);
}

}  // namespace

Result<std::vector<DecisionReport>> parse_decisions(std::string_view text) {
  if (text.size() > audit::kMaxDecisionsBytes) return corrupt("they are too long");
  json::Parser parser(kMaxDepth);
  const auto parsed = parser.parse(as_bytes(text));
  if (!parsed) return corrupt("they are not JSON");
  std::vector<DecisionReport> reports;
  CLAVIGER_TRY(read_list(*parsed, reports, read_report));
  if (reports.empty()) return corrupt("there are none");
  return reports;
}

}  // namespace claviger::server
