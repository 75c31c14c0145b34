#include "cli/decision_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <tuple>
#include <vector>

#include "cli/decision_words.h"
#include "cli/json_members.h"

namespace claviger::cli {
namespace {

using policy::Closeness;
using policy::Effect;
using policy::GrantOutcome;
using policy::PolicyType;
using policy::Reason;
using policy::TracedCondition;
using policy::TracedGrant;
using policy::TracedStatement;
using server::DecisionReport;
using Writer = json::Writer<std::string>;

// More of them say less.
constexpr std::size_t kMaxNearMisses = 8;

bool holds(const TracedCondition& condition, Effect effect) {
  return condition.result == policy::ConditionResult::kTrue ||
         (condition.result == policy::ConditionResult::kUnevaluable && effect == Effect::kDeny);
}

// What stands about a statement that does not apply; empty when it does.
std::string_view why_not(const TracedStatement& statement) {
  if (statement.applies) return {};
  if (statement.principal == Closeness::kNot) return "its principal is not the caller";
  if (!statement.action) return "its actions are others";
  if (!statement.resource) return "its resources are others";
  return "a condition does not hold";
}

std::string why_not_used(const TracedGrant& grant) {
  const auto list = [](const std::vector<std::pair<std::string, std::string>>& pairs) {
    std::vector<std::string> texts;
    texts.reserve(pairs.size());
    for (const auto& [key, value] : pairs) texts.push_back(fmt::format("{}={}", printable(key), printable(value)));
    return fmt::format("{}", fmt::join(texts, ", "));
  };
  switch (grant.outcome) {
    case GrantOutcome::kAllows:
      break;
    case GrantOutcome::kOtherGrantee:
      return "it is made out to somebody else";
    case GrantOutcome::kOtherOperation:
      return "it does not have this operation";
    case GrantOutcome::kConstraint:
      return fmt::format("its {} [{}] is not satisfied by the encryption context [{}]", printable(grant.constraint),
                         list(grant.demanded), list(grant.requested));
    case GrantOutcome::kWider:
      return "the grant that is to be made would allow more than it";
  }
  return {};
}

std::string list_of(const std::vector<std::string>& values) {
  std::vector<std::string> texts;
  texts.reserve(values.size());
  for (const std::string& value : values) texts.push_back(printable(value));
  return fmt::format("[{}]", fmt::join(texts, ", "));
}

std::string text_of(const TracedCondition& condition) {
  return fmt::format("{} {}: the policy has {}, the request has {}: {}", printable(condition.operator_name),
                     printable(condition.key), list_of(condition.policy_values),
                     condition.request_values.empty() ? "no such key" : list_of(condition.request_values),
                     name_of(condition.result));
}

// One decision, with what follows from it.
class Teller final {
 public:
  explicit Teller(const DecisionReport& report) : report_(report) {
    for (const TracedStatement& each : report.trace.statements) statements_.push_back(&each);
    std::stable_sort(statements_.begin(), statements_.end(), [](const auto* a, const auto* b) {
      return std::tuple(a->policy, a->document, a->statement) < std::tuple(b->policy, b->document, b->statement);
    });
    find_near_misses();
  }

  void tell(std::string& out) const;
  void write(Writer& writer) const;

 private:
  const TracedStatement* deciding() const {
    for (const TracedStatement* each : statements_) {
      if (each->policy == report_.policy && each->document == report_.document &&
          each->statement == report_.statement) {
        return each;
      }
    }
    return nullptr;
  }
  std::string policy_name(PolicyType type, std::uint32_t document) const;
  std::string place(PolicyType type, std::uint32_t document, std::uint32_t statement, std::string_view sid) const;
  std::string place(const TracedStatement& statement) const {
    return place(statement.policy, statement.document, statement.statement, statement.sid);
  }
  // How the statement that a decision names takes part in it.
  std::string_view role_of_statement() const;
  // Only the grant itself allows to retire it.
  bool retires() const { return report_.action == "kms:RetireGrant"; }
  // Whether a role may be assumed: nothing else of STS is decided by policies.
  bool is_trust() const { return report_.action.starts_with("sts:"); }
  // The type of policy that has no Allow; kNone where none would help.
  PolicyType lacking() const;
  // What would have to be there for the decision to be another; empty where nothing would help.
  std::string missing() const;
  // Whether an Allow that stands there could have turned the decision.
  bool could_have_allowed(const TracedStatement& statement) const;
  void find_near_misses();
  std::string why_near(const TracedStatement& statement) const;

  void write_place(PolicyType type, std::uint32_t document, std::uint32_t statement, std::string_view sid,
                   Writer& writer) const;
  void write_statement(const TracedStatement& statement, Writer& writer) const;
  void write_grant(const TracedGrant& grant, Writer& writer) const;

  const DecisionReport& report_;
  std::vector<const TracedStatement*> statements_;   // in the order of the policies
  std::vector<const TracedStatement*> near_misses_;  // what lacks the least first
};

std::string Teller::policy_name(PolicyType type, std::uint32_t document) const {
  const server::ReportedPolicy* policy = report_.find(type, document);
  std::string name(name_of(type));
  if (policy != nullptr && !policy->name.empty()) {
    name += " " + printable(policy->name);
  } else if (type == PolicyType::kSession) {
    name += fmt::format(" {}", document + 1);
  }
  if (policy != nullptr && !policy->group.empty()) name += fmt::format(" of the group {}", printable(policy->group));
  return name;
}

std::string Teller::place(PolicyType type, std::uint32_t document, std::uint32_t statement,
                          std::string_view sid) const {
  return fmt::format("{}, statement {}{}", policy_name(type, document), statement + 1,
                     sid.empty() ? std::string() : " (" + printable(sid) + ")");
}

std::string_view Teller::role_of_statement() const {
  if (report_.reason == Reason::kAccountDelegates) return "left to identity policies by";
  const bool limited = report_.reason == Reason::kNoBoundary || report_.reason == Reason::kNoSessionPolicy;
  return limited ? "would be allowed by" : "decided by";
}

PolicyType Teller::lacking() const {
  switch (report_.reason) {
    case Reason::kNoStatement:
      return retires() ? PolicyType::kNone : report_.policy;
    case Reason::kAccountDelegates:
    case Reason::kNoIdentityPolicy:
      return PolicyType::kIdentity;
    case Reason::kNoBoundary:
      return PolicyType::kBoundary;
    case Reason::kNoSessionPolicy:
      return PolicyType::kSession;
    case Reason::kCallerNamed:
    case Reason::kSourceNamed:
    case Reason::kAccountNamed:
    case Reason::kIdentityPolicy:
    case Reason::kGrant:
    case Reason::kRootIdentity:
    case Reason::kDenyStatement:
    case Reason::kNotCrossAccount:
    case Reason::kRootMayNotAssume:
    case Reason::kNotDecidable:
      break;
  }
  return PolicyType::kNone;
}

std::string Teller::missing() const {
  if (report_.reason == Reason::kNoStatement && retires()) {
    return "to be the grant's retiring principal, its grantee where it has RetireGrant, or of the account that made "
           "it; "
           "no policy can allow it";
  }
  switch (lacking()) {
    case PolicyType::kKeyPolicy: {
      std::string text = "an Allow of the key policy for the caller or its account, or a grant";
      for (const TracedStatement* each : statements_) {
        if (each->policy != PolicyType::kIdentity || each->effect != Effect::kAllow || !each->applies) continue;
        text += fmt::format("; {} allows it, but the key policy does not leave it to identity policies", place(*each));
        break;
      }
      return text;
    }
    case PolicyType::kTrustPolicy:
      return "an Allow of the trust policy for the caller";
    case PolicyType::kIdentity:
      return fmt::format("an Allow of an identity policy of the caller{}",
                         report_.across_accounts ? " in the caller's own account" : "");
    case PolicyType::kBoundary:
      return fmt::format("an Allow of the {}", policy_name(PolicyType::kBoundary, 0));
    case PolicyType::kSession:
      return "an Allow of a policy of the session";
    case PolicyType::kNone:
      break;
  }
  return {};
}

bool Teller::could_have_allowed(const TracedStatement& statement) const {
  if (statement.effect != Effect::kAllow || lacking() == PolicyType::kNone) return false;
  // In place of leaving it to others a key policy, or a trust policy, could allow it itself.
  const bool delegates = report_.reason == Reason::kAccountDelegates;
  const PolicyType resource_policy = is_trust() ? PolicyType::kTrustPolicy : PolicyType::kKeyPolicy;
  return statement.policy == lacking() || (delegates && statement.policy == resource_policy);
}

// Statements that lack one thing only: the conditions, or the principal, the actions or the resources.
void Teller::find_near_misses() {
  // Most policies have many statements on other actions: those come last.
  const auto rank = [](const TracedStatement& statement) {
    return (statement.resource ? 0 : 1) + (statement.principal == Closeness::kNot ? 2 : 0) + (statement.action ? 0 : 4);
  };
  for (const TracedStatement* each : statements_) {
    const int lacks = rank(*each);
    const bool one_thing = lacks == 0 || lacks == 1 || lacks == 2 || lacks == 4;
    if (one_thing && !each->applies && could_have_allowed(*each)) near_misses_.push_back(each);
  }
  std::stable_sort(near_misses_.begin(), near_misses_.end(),
                   [&rank](const auto* a, const auto* b) { return rank(*a) < rank(*b); });
  if (near_misses_.size() > kMaxNearMisses) near_misses_.resize(kMaxNearMisses);
}

std::string Teller::why_near(const TracedStatement& statement) const {
  const bool fits = statement.principal != Closeness::kNot && statement.action && statement.resource;
  if (!fits) return std::string(why_not(statement));
  std::vector<std::string> failed;
  for (const TracedCondition& each : statement.conditions) {
    if (!holds(each, statement.effect)) failed.push_back(text_of(each));
  }
  return fmt::format("{}", fmt::join(failed, "; "));
}

void Teller::tell(std::string& out) const {
  if (!report_.action.empty()) out += printable(report_.action);
  if (!report_.resource.empty()) {
    out += fmt::format("{}on {}", report_.action.empty() ? "" : " ", printable(report_.resource));
  }
  if (!report_.action.empty() || !report_.resource.empty()) out += ": ";
  if (report_.undecided) {
    out += fmt::format("{}\n", sentence_of(*report_.undecided));
    return;
  }
  out += fmt::format("{}: {}\n", name_of(report_.verdict), sentence_of(report_.reason, is_trust()));
  if (report_.statement) {
    const TracedStatement* statement = deciding();
    out += fmt::format("{} {}\n", role_of_statement(),
                       place(report_.policy, report_.document, *report_.statement,
                             statement == nullptr ? std::string_view() : std::string_view(statement->sid)));
  }
  if (!report_.grant_id.empty()) out += fmt::format("grant {}\n", printable(report_.grant_id));
  // The record of an allowed call has no more.
  if (report_.allowed() && statements_.empty()) return;
  if (const std::string what = missing(); !what.empty()) out += fmt::format("missing: {}\n", what);
  for (const TracedStatement* each : near_misses_)
    out += fmt::format("nearly: {}: {}\n", place(*each), why_near(*each));
  if (!report_.policies.empty()) out += "looked at:\n";
  for (const server::ReportedPolicy& each : report_.policies) {
    const auto stands_in = [&each](const TracedStatement* statement) {
      return statement->policy == each.type && statement->document == each.document;
    };
    if (std::none_of(statements_.begin(), statements_.end(), stands_in)) {
      out += fmt::format("  {}\n", policy_name(each.type, each.document));
    }
  }
  for (const TracedStatement* each : statements_) {
    out += fmt::format("  {}: {} {}{}\n", place(*each), each->effect == Effect::kAllow ? "Allow" : "Deny",
                       each->applies ? "applies" : "does not apply: ", why_not(*each));
    for (const TracedCondition& condition : each->conditions) out += fmt::format("    {}\n", text_of(condition));
  }
  for (const TracedGrant& each : report_.trace.grants) {
    const std::string name = each.name.empty() ? std::string() : " (" + printable(each.name) + ")";
    const std::string why = why_not_used(each);
    out += fmt::format("  grant {}{}: {}{}\n", printable(each.grant_id), name,
                       why.empty() ? "allows it" : "not used: ", why);
  }
  if (report_.grants_asked && report_.trace.grants.empty()) out += "  no grant on the key is for the caller\n";
  if (!report_.trace.complete) out += "  (more was looked at than is shown, or long values were cut)\n";
}

void write_field(std::string_view name, std::string_view value, Writer& writer) {
  writer.name(name);
  writer.string(value);
}

// `key policy FILE, statement 2 (Sid)`, as members.
void Teller::write_place(PolicyType type, std::uint32_t document, std::uint32_t statement, std::string_view sid,
                         Writer& writer) const {
  const server::ReportedPolicy* policy = report_.find(type, document);
  write_field("policyType", name_of(type), writer);
  write_field("policy", policy == nullptr ? std::string_view() : std::string_view(policy->name), writer);
  if (policy != nullptr && !policy->group.empty()) write_field("group", policy->group, writer);
  writer.name("document");
  writer.integer(std::int64_t{document} + 1);
  writer.name("statement");
  writer.integer(std::int64_t{statement} + 1);
  write_field("sid", sid, writer);
}

void Teller::write_statement(const TracedStatement& statement, Writer& writer) const {
  writer.begin_object();
  write_place(statement.policy, statement.document, statement.statement, statement.sid, writer);
  write_field("effect", statement.effect == Effect::kAllow ? "Allow" : "Deny", writer);
  writer.name("applies");
  writer.boolean(statement.applies);
  write_field("why", why_not(statement), writer);
  writer.name("conditions");
  writer.begin_array();
  for (const TracedCondition& condition : statement.conditions) {
    writer.begin_object();
    write_field("operator", condition.operator_name, writer);
    write_field("key", condition.key, writer);
    write_list("policyValues", condition.policy_values, writer);
    write_list("requestValues", condition.request_values, writer);
    write_field("result", name_of(condition.result), writer);
    writer.end_object();
  }
  writer.end_array();
  writer.end_object();
}

void Teller::write_grant(const TracedGrant& grant, Writer& writer) const {
  writer.begin_object();
  write_field("grantId", grant.grant_id, writer);
  write_field("name", grant.name, writer);
  writer.name("used");
  writer.boolean(grant.outcome == GrantOutcome::kAllows);
  write_field("why", why_not_used(grant), writer);
  writer.end_object();
}

void Teller::write(Writer& writer) const {
  if (!report_.action.empty()) write_field("action", report_.action, writer);
  if (!report_.resource.empty()) write_field("resource", report_.resource, writer);
  if (report_.undecided) {
    write_field("verdict", "undecided", writer);
    return write_field("reason", sentence_of(*report_.undecided), writer);
  }
  write_field("verdict", name_of(report_.verdict), writer);
  write_field("reason", sentence_of(report_.reason, is_trust()), writer);
  writer.name("decidingStatement");
  if (report_.statement) {
    const TracedStatement* statement = deciding();
    writer.begin_object();
    write_place(report_.policy, report_.document, *report_.statement,
                statement == nullptr ? std::string_view() : std::string_view(statement->sid), writer);
    writer.end_object();
  } else {
    writer.null();
  }
  if (!report_.grant_id.empty()) write_field("grantId", report_.grant_id, writer);
  if (!report_.allowed()) write_field("missing", missing(), writer);
  writer.name("nearMisses");
  writer.begin_array();
  for (const TracedStatement* each : near_misses_) {
    writer.begin_object();
    write_place(each->policy, each->document, each->statement, each->sid, writer);
    write_field("why", why_near(*each), writer);
    writer.end_object();
  }
  writer.end_array();
  writer.name("statements");
  writer.begin_array();
  for (const TracedStatement* each : statements_) write_statement(*each, writer);
  writer.end_array();
  writer.name("grants");
  writer.begin_array();
  for (const TracedGrant& each : report_.trace.grants) write_grant(each, writer);
  writer.end_array();
  writer.name("complete");
  writer.boolean(report_.trace.complete);
}

}  // namespace

std::string printable(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const auto next = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : 0U;
    if (byte < 0x20 || byte == 0x7f) {
      out += fmt::format("\\u{:04x}", byte);
    } else if (byte == 0xc2 && next >= 0x80 && next < 0xa0) {
      // The other control characters, U+0080 to U+009F.
      out += fmt::format("\\u{:04x}", next);
      ++i;
    } else {
      out += text[i];
    }
  }
  return out;
}

void append_decision(const DecisionReport& report, std::string& text) { Teller(report).tell(text); }
void write_decision(const DecisionReport& report, Writer& writer) { Teller(report).write(writer); }

}  // namespace claviger::cli
