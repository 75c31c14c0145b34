#include "server/decision_report.h"

#include <algorithm>
#include <array>
#include <span>

#include "audit/event.h"
#include "audit/json_text.h"
#include "base/json.h"
#include "server/decision_names.h"

namespace claviger::server {
namespace {

namespace names = decision_names;
using policy::Closeness;
using policy::PolicyType;
using policy::TracedCondition;
using policy::TracedStatement;

// Beyond these, values and lists are cut.
constexpr std::size_t kMaxValueBytes = 256;
constexpr std::size_t kMaxNameBytes = 2048;
constexpr std::size_t kMaxValues = 16;
constexpr std::size_t kMaxPolicies = 64;
// Statements and grants leave this much for what follows them.
constexpr std::size_t kReserveBytes = 64;

// Appends `text`, which may hold any bytes, as a JSON string.
void append_quoted(std::string_view text, std::string& out) {
  const std::size_t start = out.size();
  out.resize_and_overwrite(start + 2 + audit::kMaxJsonBytesPerByte * text.size(), [&](char* data, std::size_t) {
    return static_cast<std::size_t>(audit::write_json_string(text, data + start) - data);
  });
}

// Writes the entry of a refused decision, the most telling first, until its room is used up.
class RefusalWriter final {
 public:
  RefusalWriter(const DecisionReport& report, std::size_t room)
      : report_(report), room_(room), complete_(report.trace.complete) {}

  // Empty when not even the decision itself has room.
  std::string write() {
    writer_.begin_object();
    field("refused", names::name_of(names::kReasons, report_.reason));
    text("action", report_.action, kMaxNameBytes);
    text("resource", report_.resource, kMaxNameBytes);
    if (report_.across_accounts) flag("acrossAccounts", true);
    add_policies();
    if (report_.statement) {
      if (const auto index = index_of(report_.policy, report_.document)) integer("policy", *index);
      integer("statement", std::int64_t{*report_.statement} + 1);
    } else if (report_.policy != PolicyType::kNone) {
      field("lacking", names::name_of(names::kTypes, report_.policy));
    }
    if (!report_.grant_id.empty()) text("grant", report_.grant_id, kMaxValueBytes);
    if (out_.size() + kReserveBytes > room_) return {};
    add_statements();
    add_grants();
    if (!complete_) flag("complete", false);
    writer_.end_object();
    return out_.size() <= room_ ? std::move(out_) : std::string();
  }

 private:
  using Writer = json::Writer<std::string>;

  // Of literals that need no escaping.
  void field(std::string_view name, std::string_view value) {
    writer_.name(name);
    writer_.string(value);
  }
  void flag(std::string_view name, bool value) {
    writer_.name(name);
    writer_.boolean(value);
  }
  void integer(std::string_view name, std::int64_t value) {
    writer_.name(name);
    writer_.integer(value);
  }
  void text(std::string_view name, std::string_view value, std::size_t limit) {
    writer_.name(name);
    writer_.literal(quoted(value, limit));
  }
  std::string quoted(std::string_view value, std::size_t limit) {
    if (value.size() > limit) complete_ = false;
    std::string result;
    append_quoted(audit::truncate_utf8(value, limit), result);
    return result;
  }

  std::optional<std::int64_t> index_of(PolicyType type, std::uint32_t document) const {
    const std::size_t count = std::min(report_.policies.size(), kMaxPolicies);
    for (std::size_t i = 0; i < count; ++i) {
      const ReportedPolicy& policy = report_.policies[i];
      if (policy.type == type && policy.document == document) return static_cast<std::int64_t>(i);
    }
    return std::nullopt;
  }

  void add_policies() {
    if (report_.policies.size() > kMaxPolicies) complete_ = false;
    writer_.name("policies");
    writer_.begin_array();
    for (std::size_t i = 0; i < std::min(report_.policies.size(), kMaxPolicies); ++i) {
      const ReportedPolicy& policy = report_.policies[i];
      writer_.begin_object();
      field("type", names::name_of(names::kTypes, policy.type));
      if (policy.document != 0) integer("document", policy.document);
      if (!policy.name.empty()) text("name", policy.name, kMaxValueBytes);
      if (!policy.group.empty()) text("group", policy.group, kMaxValueBytes);
      writer_.end_object();
    }
    writer_.end_array();
  }

  // What tells most comes first, and is left out last.
  int rank(const TracedStatement& statement) const {
    if (statement.policy == report_.policy && statement.document == report_.document &&
        statement.statement == report_.statement) {
      return 0;
    }
    const int misses =
        (statement.principal == Closeness::kNot ? 1 : 0) + (statement.action ? 0 : 1) + (statement.resource ? 0 : 1);
    if (misses == 0) return statement.applies ? 2 : 1;
    return 2 + misses;
  }

  // Puts in the parts that there is room for.
  template <class T, class Write>
  void add_parts(std::string_view name, std::span<const T* const> parts, Write write) {
    writer_.name(name);
    writer_.begin_array();
    for (const T* part : parts) {
      const std::string text = write(*part);
      if (out_.size() + text.size() + kReserveBytes > room_) {
        complete_ = false;
        continue;
      }
      writer_.literal(text);
    }
    writer_.end_array();
  }

  void add_statements() {
    std::vector<const TracedStatement*> statements;
    for (const TracedStatement& each : report_.trace.statements) {
      if (index_of(each.policy, each.document)) statements.push_back(&each);
    }
    std::stable_sort(statements.begin(), statements.end(),
                     [this](const auto* a, const auto* b) { return rank(*a) < rank(*b); });
    add_parts<TracedStatement>("statements", statements, [this](const auto& each) { return statement_text(each); });
  }

  std::string statement_text(const TracedStatement& statement) {
    std::string out;
    Writer writer(out);
    writer.begin_object();
    writer.name("policy");
    writer.integer(*index_of(statement.policy, statement.document));
    writer.name("statement");
    writer.integer(std::int64_t{statement.statement} + 1);
    if (!statement.sid.empty()) {
      writer.name("sid");
      writer.literal(quoted(statement.sid, kMaxValueBytes));
    }
    writer.name("effect");
    writer.string(names::name_of(names::kEffects, statement.effect));
    writer.name("principal");
    writer.string(names::name_of(names::kClosenesses, statement.principal));
    writer.name("action");
    writer.boolean(statement.action);
    writer.name("resource");
    writer.boolean(statement.resource);
    const bool fits = statement.principal != Closeness::kNot && statement.action && statement.resource;
    if (fits && !statement.conditions.empty()) {
      writer.name("conditions");
      writer.begin_array();
      for (const TracedCondition& each : statement.conditions) add_condition(each, writer);
      writer.end_array();
    }
    writer.name("applies");
    writer.boolean(statement.applies);
    writer.end_object();
    return out;
  }

  void add_condition(const TracedCondition& condition, Writer& writer) {
    writer.begin_object();
    writer.name("operator");
    writer.string(condition.operator_name);
    writer.name("key");
    writer.literal(quoted(condition.key, kMaxValueBytes));
    add_values("policy", condition.policy_values, writer);
    add_values("request", condition.request_values, writer);
    writer.name("many");
    writer.boolean(condition.multi_valued);
    writer.name("result");
    writer.string(names::name_of(names::kResults, condition.result));
    writer.end_object();
  }

  void add_values(std::string_view name, const std::vector<std::string>& values, Writer& writer) {
    if (values.size() > kMaxValues) complete_ = false;
    writer.name(name);
    writer.begin_array();
    for (std::size_t i = 0; i < std::min(values.size(), kMaxValues); ++i) {
      writer.literal(quoted(values[i], kMaxValueBytes));
    }
    writer.end_array();
  }

  void add_grants() {
    if (!report_.grants_asked) return;
    std::vector<const policy::TracedGrant*> grants;
    grants.reserve(report_.trace.grants.size());
    for (const policy::TracedGrant& each : report_.trace.grants) grants.push_back(&each);
    // Those that have the operation come first.
    std::stable_partition(grants.begin(), grants.end(), [](const auto* each) {
      return each->outcome != policy::GrantOutcome::kOtherOperation &&
             each->outcome != policy::GrantOutcome::kOtherGrantee;
    });
    add_parts<policy::TracedGrant>("grants", grants, [this](const auto& each) { return grant_text(each); });
  }

  std::string grant_text(const policy::TracedGrant& grant) {
    std::string out;
    Writer writer(out);
    writer.begin_object();
    writer.name("id");
    writer.literal(quoted(grant.grant_id, kMaxValueBytes));
    if (!grant.name.empty()) {
      writer.name("name");
      writer.literal(quoted(grant.name, kMaxValueBytes));
    }
    writer.name("outcome");
    writer.string(names::name_of(names::kOutcomes, grant.outcome));
    if (!grant.constraint.empty()) {
      writer.name("constraint");
      writer.string(grant.constraint);
      add_pairs("demanded", grant.demanded, writer);
      add_pairs("requested", grant.requested, writer);
    }
    writer.end_object();
    return out;
  }

  void add_pairs(std::string_view name, const std::vector<std::pair<std::string, std::string>>& pairs, Writer& writer) {
    if (pairs.size() > kMaxValues) complete_ = false;
    writer.name(name);
    writer.begin_array();
    for (std::size_t i = 0; i < std::min(pairs.size(), kMaxValues); ++i) {
      writer.begin_array();
      writer.literal(quoted(pairs[i].first, kMaxValueBytes));
      writer.literal(quoted(pairs[i].second, kMaxValueBytes));
      writer.end_array();
    }
    writer.end_array();
  }

  const DecisionReport& report_;
  const std::size_t room_;
  bool complete_;
  std::string out_;
  Writer writer_{out_};
};

const iam::IdentityPolicy* identity_policy(const iam::Caller& caller, std::uint32_t document) {
  if (caller.identity == nullptr || document >= caller.identity->policies.size()) return nullptr;
  return &caller.identity->policies[document];
}

// Appends `,"name":"value"`.
void append_member(std::string_view name, std::string_view value, std::string& out) {
  out += ",\"";
  out += name;
  out += "\":";
  append_quoted(audit::truncate_utf8(value, kMaxNameBytes), out);
}

}  // namespace

const ReportedPolicy* DecisionReport::find(policy::PolicyType type, std::uint32_t of_document) const {
  const auto found = std::find_if(policies.begin(), policies.end(), [&](const ReportedPolicy& each) {
    return each.type == type && each.document == of_document;
  });
  return found == policies.end() ? nullptr : &*found;
}

DecisionReport report_of(const policy::Decision& decision) {
  DecisionReport report;
  report.verdict = decision.verdict;
  report.reason = decision.reason;
  report.across_accounts = decision.across_accounts;
  report.policy = decision.policy;
  report.document = decision.document;
  report.statement = decision.statement;
  report.grant_id = decision.grant_id;
  return report;
}

DecisionReport report_refusal(const policy::Question& question, const policy::Policies& policies,
                              const policy::Decision& decision, const iam::Caller& caller, policy::Trace trace,
                              PolicyType resource_policy) {
  DecisionReport report = report_of(decision);
  report.action = question.action;
  report.resource = question.resource;
  if (policies.resource_policy != nullptr) report.policies.push_back({resource_policy, 0, {}, {}});
  for (std::uint32_t i = 0; i < policies.identity.size(); ++i) {
    const iam::IdentityPolicy* known = identity_policy(caller, i);
    report.policies.push_back({PolicyType::kIdentity, i, known == nullptr ? std::string() : known->name,
                               known == nullptr ? std::string() : known->group});
  }
  if (policies.boundary != nullptr) {
    report.policies.push_back(
        {PolicyType::kBoundary, 0, caller.identity == nullptr ? std::string() : caller.identity->boundary_arn, {}});
  }
  for (std::uint32_t i = 0; i < policies.session.size(); ++i) {
    report.policies.push_back({PolicyType::kSession, i, {}, {}});
  }
  report.trace = std::move(trace);
  report.grants_asked = policies.grants != nullptr && decision.verdict == policy::Verdict::kImplicitDeny;
  return report;
}

std::size_t DecisionLog::begin() {
  const std::size_t before = text_.size();
  if (text_.empty()) {
    text_.reserve(128);
    text_ = "[";
  } else {
    text_.back() = ',';
  }
  return before;
}

void DecisionLog::end(std::size_t before) {
  text_ += ']';
  if (text_.size() <= audit::kMaxDecisionsBytes) return;
  text_.resize(before);
  if (!text_.empty()) text_.back() = ']';
}

void DecisionLog::add_allowed(std::string_view action, std::string_view resource, const policy::Decision& decision,
                              const iam::Caller& caller) {
  const std::size_t before = begin();
  text_ += "{\"allowed\":\"";
  text_ += names::name_of(names::kReasons, decision.reason);
  text_ += '"';
  if (!action.empty()) append_member("action", action, text_);
  if (!resource.empty()) append_member("resource", resource, text_);
  if (decision.statement) {
    text_ += ",\"policy\":\"";
    text_ += names::name_of(names::kTypes, decision.policy);
    text_ += "\",\"statement\":";
    text_ += std::to_string(*decision.statement + 1);
    if (decision.policy == PolicyType::kIdentity) {
      if (const iam::IdentityPolicy* known = identity_policy(caller, decision.document)) {
        append_member("name", known->name, text_);
        if (!known->group.empty()) append_member("group", known->group, text_);
      }
    }
  }
  if (!decision.grant_id.empty()) append_member("grant", decision.grant_id, text_);
  text_ += '}';
  end(before);
}

void DecisionLog::add_refused(const DecisionReport& report) {
  const std::size_t used = text_.size() + 2;
  if (used >= audit::kMaxDecisionsBytes) return;
  const std::string entry = RefusalWriter(report, audit::kMaxDecisionsBytes - used).write();
  if (entry.empty()) return;
  const std::size_t before = begin();
  text_ += entry;
  end(before);
}

void DecisionLog::add_undecided(std::string_view action, std::string_view resource, Undecided why) {
  const std::size_t before = begin();
  text_ += "{\"undecided\":\"";
  text_ += names::name_of(names::kUndecided, why);
  text_ += '"';
  append_member("action", action, text_);
  append_member("resource", resource, text_);
  text_ += '}';
  end(before);
}

}  // namespace claviger::server
