#include "api/iam/simulation.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <span>

#include "api/iam/common.h"
#include "api/iam/listing.h"
#include "base/json_places.h"
#include "policy/context.h"
#include "policy/decision.h"
#include "policy/template.h"

namespace claviger::api::iam_actions {
namespace {

using policy::Document;

// As AWS calls them: a managed policy by its name, an inline one by whose it is too (`role_NAME_POLICY`).
std::string id_of(const iam::IdentityPolicy& policy, std::string_view kind, std::string_view holder) {
  const bool managed = policy.source == iam::IdentityPolicy::Source::kManaged ||
                       policy.source == iam::IdentityPolicy::Source::kGroupManaged;
  if (managed) return policy.name.substr(policy.name.rfind('/') + 1);
  if (!policy.group.empty()) return fmt::format("group_{}_{}", policy.group, policy.name);
  return fmt::format("{}_{}_{}", kind, holder, policy.name);
}

std::vector<SimulatedPolicy> policies_of(const std::vector<iam::IdentityPolicy>& policies, std::string_view kind,
                                         std::string_view holder) {
  std::vector<SimulatedPolicy> all;
  all.reserve(policies.size());
  for (const iam::IdentityPolicy& each : policies) all.push_back({id_of(each, kind, holder), each.document});
  return all;
}

std::unexpected<Error> invalid(std::string message) { return fail(ErrorCode::kInvalidInput, std::move(message)); }

std::unexpected<Error> unreadable(std::string_view arn) {
  return fail(ErrorCode::kUnsupportedOperation,
              fmt::format("A policy of {} cannot be read, so nobody may act as it.", arn));
}

bool is_list(ContextKeyType type) { return static_cast<int>(type) % 2 == 1; }

Result<policy::MapContext> make_context(const std::vector<ContextEntry>& entries) {
  policy::MapContext context;
  for (const ContextEntry& entry : entries) {
    if (entry.name.empty() || !entry.type) {
      return invalid("A context entry has a ContextKeyName and a ContextKeyType.");
    }
    if (is_list(*entry.type)) {
      context.set_many(entry.name, entry.values);
    } else if (entry.values.size() == 1) {
      context.set(entry.name, entry.values.front());
    } else {
      return invalid(fmt::format("The context key {} is of a type that has exactly one value.", entry.name));
    }
  }
  return context;
}

bool is_action_name(std::string_view text) {
  const std::size_t colon = text.find(':');
  const auto is_part = [](std::string_view part) {
    return !part.empty() && std::all_of(part.begin(), part.end(), [](char c) {
      return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
    });
  };
  return colon != std::string_view::npos && is_part(text.substr(0, colon)) && is_part(text.substr(colon + 1));
}

// Twelve digits, or an ARN of that account.
std::optional<AccountId> parse_owner(std::string_view text) {
  if (const auto parts = split_arn(text)) return AccountId::parse(parts->account);
  return AccountId::parse(text);
}

// Everything that does not depend on action and resource.
struct Simulation {
  SimulatedPrincipal principal;
  std::vector<std::shared_ptr<const Document>> identity;
  std::vector<std::vector<StatementSpan>> identity_spans;
  std::optional<Document> resource_policy;
  std::vector<StatementSpan> resource_spans;
  policy::MapContext context;
  policy::Principal caller;
  std::optional<AccountId> owner;
};

// The user as whom the policies are simulated. Without one the policies are those of somebody of the caller's account.
Status set_caller(const Context& context, const SimulationRequest& request, Simulation& simulation) {
  policy::Principal& caller = simulation.caller;
  caller.kind = policy::PrincipalKind::kUser;
  caller.account = context.scope.account;
  caller.arn = request.caller_arn ? std::string_view(*request.caller_arn) : simulation.principal.arn;
  if (caller.arn.empty()) {
    if (!request.resource_policy) return {};
    return invalid("CallerArn is required with ResourcePolicy where no user is simulated.");
  }
  const auto parsed = iam::parse_entity_arn(caller.arn);
  if (!parsed || parsed->kind != iam::EntityKind::kUser) {
    return invalid(fmt::format("Invalid Entity Arn: {} is not the ARN of a user.", caller.arn));
  }
  caller.account = parsed->account;
  caller.user_name = parsed->name;
  if (const iam::User* user = context.iam->user_by_arn(caller.arn)) caller.unique_id = user->record.id.view();
  return {};
}

Result<Simulation> prepare(const SimulationRequest& request, SimulatedPrincipal principal) {
  Simulation simulation{.principal = std::move(principal)};
  CLAVIGER_ASSIGN(std::vector<SimulatedPolicy> more, parse_policies(request.policies, "PolicyInputList"));
  auto& policies = simulation.principal.policies;
  policies.insert(policies.end(), more.begin(), more.end());
  for (const SimulatedPolicy& each : policies) {
    simulation.identity.push_back(each.document);
    simulation.identity_spans.push_back(statement_spans(each.document->text()));
  }
  CLAVIGER_ASSIGN(std::vector<SimulatedPolicy> boundaries,
                  parse_policies(request.boundaries, "PermissionsBoundaryPolicyInputList"));
  if (boundaries.size() > 1) return invalid("There is at most one permissions boundary.");
  if (!boundaries.empty()) simulation.principal.boundary = boundaries.front().document;
  if (request.resource_policy) {
    Result<Document> parsed = Document::parse(policy::DocumentKind::kKeyPolicy, *request.resource_policy);
    if (!parsed) return invalid(parsed.error().message());
    simulation.resource_policy = *std::move(parsed);
    simulation.resource_spans = statement_spans(*request.resource_policy);
  }
  CLAVIGER_ASSIGN(simulation.context, make_context(request.context_entries));
  for (const std::string& action : request.action_names) {
    if (!is_action_name(action)) return invalid(fmt::format("Invalid action name: {}", action));
  }
  if (request.resource_owner) {
    simulation.owner = parse_owner(*request.resource_owner);
    if (!simulation.owner) return invalid(fmt::format("Invalid ResourceOwner: {}", *request.resource_owner));
  }
  return simulation;
}

// The keys of conditions that were looked at and that the simulation's context does not have.
std::vector<std::string> missing_keys(const policy::Trace& trace, const policy::MapContext& context) {
  std::set<std::string> missing;
  for (const policy::TracedStatement& statement : trace.statements) {
    if (!statement.action || !statement.resource) continue;
    for (const policy::TracedCondition& condition : statement.conditions) {
      if (!context.find(policy::ContextKey(condition.key)).present()) missing.insert(condition.key);
    }
  }
  return {missing.begin(), missing.end()};
}

// The statements that made the decision.
std::vector<MatchedStatement> matched(const Simulation& simulation, const policy::Trace& trace,
                                      const policy::Decision& decision) {
  std::vector<MatchedStatement> all;
  if (decision.verdict == policy::Verdict::kImplicitDeny) return all;
  const auto effect = decision.allowed() ? policy::Effect::kAllow : policy::Effect::kDeny;
  const auto add = [&all](std::string_view id, SourceType type, const std::vector<StatementSpan>& spans,
                          std::uint32_t statement) {
    MatchedStatement one{.policy_id = std::string(id), .type = type};
    if (statement < spans.size()) {
      one.start = spans[statement].start;
      one.end = spans[statement].end;
    }
    all.push_back(std::move(one));
  };
  for (const policy::TracedStatement& statement : trace.statements) {
    if (!statement.applies || statement.effect != effect) continue;
    if (statement.policy == policy::PolicyType::kIdentity) {
      add(simulation.principal.policies[statement.document].id, SourceType::kIamPolicy,
          simulation.identity_spans[statement.document], statement.statement);
    } else if (statement.policy == policy::PolicyType::kKeyPolicy) {
      add("ResourcePolicy", SourceType::kResourcePolicy, simulation.resource_spans, statement.statement);
    }
  }
  return all;
}

// What the policies of one type say by themselves.
std::string_view side(const policy::Trace& trace, policy::PolicyType type) {
  bool allowed = false;
  for (const policy::TracedStatement& statement : trace.statements) {
    if (statement.policy != type || !statement.applies) continue;
    if (statement.effect == policy::Effect::kDeny) return "explicitDeny";
    allowed = true;
  }
  return allowed ? "allowed" : "implicitDeny";
}

// Nothing within one account, where the decision is one.
DecisionDetails details_of(const policy::Trace& trace, const policy::Decision& decision) {
  if (!decision.across_accounts) return {};
  auto details =
      DecisionDetails::from_pairs({{"IAM Policy", std::string(side(trace, policy::PolicyType::kIdentity))},
                                   {"Resource Policy", std::string(side(trace, policy::PolicyType::kKeyPolicy))}});
  return details ? *std::move(details) : DecisionDetails();
}

SimulatedDecision simulated(policy::Verdict verdict) {
  switch (verdict) {
    case policy::Verdict::kAllow:
      return SimulatedDecision::kAllowed;
    case policy::Verdict::kExplicitDeny:
      return SimulatedDecision::kExplicitDeny;
    case policy::Verdict::kImplicitDeny:
      break;
  }
  return SimulatedDecision::kImplicitDeny;
}

EvaluationResult evaluate(const Context& context, const Simulation& simulation, const std::string& action,
                          const std::string& resource) {
  policy::Policies policies{.owner = simulation.owner.value_or(context.scope.account),
                            .identity = simulation.identity,
                            .boundary = simulation.principal.boundary.get()};
  const auto parts = split_arn(resource);
  if (!simulation.owner && parts) {
    if (const auto account = AccountId::parse(parts->account)) policies.owner = *account;
  }
  const policy::Question question{simulation.caller, action, resource, &simulation.context};
  policy::Trace trace;
  policy::Decision decision;
  if (simulation.resource_policy) {
    policies.resource_policy = &*simulation.resource_policy;
    decision = policy::decide_on_key(question, policies, &trace);
  } else {
    // Who owns the resource is for its policy to say, and there is none.
    policies.owner = simulation.caller.account;
    decision = policy::decide_without_key(question, policies, &trace);
  }
  EvaluationResult result{.action = action, .resource = resource, .decision = simulated(decision.verdict)};
  result.matched = matched(simulation, trace, decision);
  std::vector<std::string> missing = missing_keys(trace, simulation.context);
  if (policies.boundary != nullptr) {
    result.boundary = BoundaryDetail{side(trace, policy::PolicyType::kBoundary) == "allowed"};
  }
  if (resource == "*") {
    result.missing_context = std::move(missing);
    return result;
  }
  // What there is to say of a resource stands at the resource.
  result.details = details_of(trace, decision);
  result.of_resources.emplace().push_back(
      {resource, result.decision, result.matched, std::move(missing), std::nullopt, result.boundary});
  if (decision.across_accounts) result.of_resources->front().details = result.details;
  return result;
}

// Goes through a text once, from place to place. What is not ASCII is two bytes of UTF-8 in a policy.
class Walk final {
 public:
  explicit Walk(std::string_view text) : text_(text) {}
  // `offset` is not before that of the last call.
  Position to(std::size_t offset) {
    for (; at_ < offset; ++at_) {
      if (text_[at_] == '\n') {
        ++position_.line;
        position_.column = 1;
      } else if ((static_cast<unsigned char>(text_[at_]) & 0xc0) != 0x80) {
        ++position_.column;
      }
    }
    return position_;
  }

 private:
  const std::string_view text_;
  std::size_t at_ = 0;
  Position position_;
};

// Adds the variables of a text, `${aws:username}`.
void add_variables(std::string_view text, std::map<std::string, std::string>& names) {
  for (std::size_t at = text.find("${"); at != std::string_view::npos; at = text.find("${", at + 2)) {
    const std::size_t end = policy::end_of_variable(text, at);
    if (end == std::string_view::npos) return;
    std::string_view name = text.substr(at + 2, end - at - 3);
    name = name.substr(0, name.find_first_of(", "));
    if (name.find(':') != std::string_view::npos) names.emplace(policy::to_lower_case(name), name);
  }
}

}  // namespace

Result<DecisionDetails> DecisionDetails::from_pairs(Pairs pairs) {
  DecisionDetails details;
  details.pairs_ = std::move(pairs);
  return details;
}

std::vector<StatementSpan> statement_spans(std::string_view text) {
  std::vector<StatementSpan> spans;
  const auto places = json::place_json(text);
  const json::PlacedValue* statements = places ? places->find("Statement") : nullptr;
  if (statements == nullptr) return spans;
  Walk walk(text);
  // Behind the first character: a bracket, or the brace of the only statement.
  Position begin = walk.to(statements->offset + 1);
  if (statements->kind != json::PlacedValue::Kind::kArray) return {{begin, walk.to(statements->end)}};
  for (const json::PlacedValue& each : statements->children) {
    const Position end = walk.to(each.end);
    spans.push_back({begin, end});
    begin = end;
  }
  return spans;
}

Result<SimulatedPrincipal> simulated_principal(const Context& context, std::string_view arn) {
  const auto parsed = iam::parse_entity_arn(arn);
  if (!parsed || parsed->kind == iam::EntityKind::kPolicy) {
    return invalid(fmt::format("Invalid Entity Arn: {} does not clearly define entity type and name.", arn));
  }
  const AccountId& account = context.scope.account;
  if (parsed->account != account) return iam::no_such(parsed->kind, parsed->name);
  SimulatedPrincipal principal;
  if (parsed->kind == iam::EntityKind::kGroup) {
    CLAVIGER_ASSIGN(const iam::Group* group, iam::find_group(*context.iam, account, parsed->name));
    if (!group->usable) return unreadable(arn);
    principal.policies = policies_of(group->policies, "group", parsed->name);
    return principal;
  }
  std::shared_ptr<const iam::Identity> identity;
  if (parsed->kind == iam::EntityKind::kUser) {
    CLAVIGER_ASSIGN(const iam::User* user, iam::find_user(*context.iam, account, parsed->name));
    identity = user->identity;
    principal.arn = identity->arn;
  } else {
    CLAVIGER_ASSIGN(const iam::Role* role, iam::find_role(*context.iam, account, parsed->name));
    identity = role->identity;
  }
  if (!identity->usable) return unreadable(arn);
  principal.policies =
      policies_of(identity->policies, parsed->kind == iam::EntityKind::kUser ? "user" : "role", identity->name);
  principal.boundary = identity->boundary;
  return principal;
}

Result<std::vector<SimulatedPolicy>> parse_policies(const std::vector<std::string>& texts, std::string_view list) {
  std::vector<SimulatedPolicy> all;
  for (const std::string& text : texts) {
    Result<Document> parsed = Document::parse(policy::DocumentKind::kIdentity, text);
    if (!parsed) return invalid(parsed.error().message());
    all.push_back({fmt::format("{}.{}", list, all.size() + 1), std::make_shared<const Document>(*std::move(parsed))});
  }
  return all;
}

Result<SimulationResponse> simulate(const Context& context, const SimulationRequest& request,
                                    SimulatedPrincipal principal) {
  CLAVIGER_ASSIGN(Simulation simulation, prepare(request, std::move(principal)));
  CLAVIGER_TRY(set_caller(context, request, simulation));
  const std::vector<std::string> everything = {"*"};
  const std::vector<std::string>& resources = request.resource_arns.empty() ? everything : request.resource_arns;
  // One page is decided, not all that the lists make together.
  const Pager pager(context, "Simulate/" + request.source_arn);
  CLAVIGER_ASSIGN(const std::string start, pager.position(request.marker));
  std::size_t next = 0;
  std::from_chars(start.data(), start.data() + start.size(), next);
  const std::size_t total = request.action_names.size() * resources.size();
  const auto limit = static_cast<std::size_t>(request.max_items.value_or(kDefaultMaxItems));
  SimulationResponse response;
  for (; next < total && response.results.size() < limit; ++next) {
    response.results.push_back(evaluate(context, simulation, request.action_names[next / resources.size()],
                                        resources[next % resources.size()]));
  }
  response.is_truncated = next < total;
  if (response.is_truncated) response.marker = pager.next_marker(std::to_string(next));
  return response;
}

std::vector<std::string> context_keys(const std::vector<SimulatedPolicy>& policies) {
  std::map<std::string, std::string> names;  // by their form in lower case
  for (const SimulatedPolicy& each : policies) {
    const bool variables = each.document->version() == policy::Version::k2012_10_17;
    for (const policy::Statement& statement : each.document->statements()) {
      for (const policy::Condition& condition : statement.conditions) {
        names.emplace(condition.key().name(), condition.key_name());
        if (!variables) continue;
        for (const std::string& text : condition.texts()) add_variables(text, names);
      }
      if (!variables) continue;
      for (const policy::ArnPattern& resource : statement.resources) add_variables(resource.text(), names);
    }
  }
  std::vector<std::string> all;
  all.reserve(names.size());
  for (auto& [lower, name] : names) all.push_back(name);
  return all;
}

}  // namespace claviger::api::iam_actions
