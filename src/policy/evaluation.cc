#include "policy/evaluation.h"

#include <algorithm>

namespace claviger::policy {
namespace {

bool belongs_to_account(const Principal& principal) {
  return principal.kind != PrincipalKind::kService && principal.kind != PrincipalKind::kWebIdentity;
}

// The action in lower case, in `storage`; too long a one as it is, which Subject does not accept.
std::string_view lower_case(std::string_view action, std::array<char, 128>& storage) {
  if (action.size() > storage.size()) return action;
  std::transform(action.begin(), action.end(), storage.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return {storage.data(), action.size()};
}

}  // namespace

Evaluation::Evaluation(const Question& question, std::uint32_t steps)
    : question_(question),
      context_(question.context),
      budget_(steps),
      action_(lower_case(question.action, lower_action_), budget_),
      resource_(question.resource, budget_) {}

void Evaluation::see_as(PolicyType type) {
  const bool of_resource = type == PolicyType::kKeyPolicy || type == PolicyType::kTrustPolicy;
  context_ = of_resource && question_.context != nullptr ? &question_.context->in_resource_policy() : question_.context;
}

bool Evaluation::decidable() const {
  return ActionSubject::accepts(action_.text()) && ResourceSubject::accepts(resource_.text());
}

Closeness Evaluation::closeness(const PrincipalEntry& entry, Effect effect) const {
  const Principal& principal = question_.principal;
  const auto when = [](bool condition, Closeness result) { return condition ? result : Closeness::kNot; };
  switch (entry.kind) {
    case PrincipalEntry::Kind::kAnyone:
      // An Allow for everyone means AWS's principals, not those of any identity provider.
      return when(principal.kind != PrincipalKind::kWebIdentity || effect == Effect::kDeny, Closeness::kCaller);
    case PrincipalEntry::Kind::kAccount:
      return when(belongs_to_account(principal) && entry.account == principal.account, Closeness::kAccount);
    case PrincipalEntry::Kind::kService:
      return when(principal.kind == PrincipalKind::kService && entry.text == principal.service_name,
                  Closeness::kCaller);
    case PrincipalEntry::Kind::kFederated:
      return when(principal.kind == PrincipalKind::kWebIdentity && entry.text == principal.federated_provider,
                  Closeness::kCaller);
    case PrincipalEntry::Kind::kPrincipal:
      break;
  }
  const bool session = !principal.role_arn.empty() || !principal.user_arn.empty();
  // A Deny falls back to the name where the caller's id is not known.
  if (!entry.unique_id.empty() && (effect == Effect::kAllow || !principal.unique_id.empty())) {
    return when(entry.unique_id == principal.unique_id, session ? Closeness::kSource : Closeness::kCaller);
  }
  if (entry.text == principal.arn) return Closeness::kCaller;
  return when(session && (entry.text == principal.role_arn || entry.text == principal.user_arn), Closeness::kSource);
}

// Whoever is to be spared must be named with everything it is judged by: its account, its role or user, itself (IAM
// User Guide, "NotPrincipal with Deny").
bool Evaluation::is_exempt(const Statement& statement) const {
  bool account = false, source = false, caller = false;
  for (const PrincipalEntry& entry : statement.principals) {
    const Closeness closest = closeness(entry, Effect::kAllow);
    account = account || closest == Closeness::kAccount;
    source = source || closest == Closeness::kSource;
    caller = caller || closest == Closeness::kCaller;
  }
  switch (question_.principal.kind) {
    case PrincipalKind::kRoot:
      return account;
    case PrincipalKind::kUser:
      return account && caller;
    case PrincipalKind::kAssumedRole:
    case PrincipalKind::kFederatedUser:
      return account && source && caller;
    case PrincipalKind::kService:
    case PrincipalKind::kWebIdentity:
      break;
  }
  return caller;
}

Closeness Evaluation::principal_of(const Statement& statement, bool limited) const {
  if (statement.not_principal) {
    return !limited && is_exempt(statement) ? Closeness::kNot : Closeness::kCaller;
  }
  Closeness closest = Closeness::kNot;
  for (const PrincipalEntry& entry : statement.principals) {
    closest = std::max(closest, closeness(entry, statement.effect));
  }
  return closest;
}

bool Evaluation::action_fits(const Statement& statement) {
  if (statement.actions.empty()) return false;
  const bool listed = std::any_of(statement.actions.begin(), statement.actions.end(),
                                  [this](const ActionPattern& pattern) { return pattern.matches(action_); });
  return listed != statement.not_action;
}

// A variable without a value: its pattern matches nothing, and an Allow statement that has one applies to nothing.
bool Evaluation::resource_fits(const Statement& statement) {
  if (statement.any_resource) return true;
  if (statement.resources.empty()) return false;
  bool listed = false;
  for (const ArnPattern& pattern : statement.resources) {
    switch (pattern.matches(resource_, context_, budget_)) {
      case ArnPattern::Match::kNo:
        break;
      case ArnPattern::Match::kYes:
        listed = true;
        break;
      case ArnPattern::Match::kUnresolved:
        if (statement.effect == Effect::kAllow) return false;
        break;
    }
    if (listed && !statement.has_resource_variables) break;
  }
  return listed != statement.not_resource;
}

bool Evaluation::conditions_hold(const Statement& statement) {
  return std::all_of(statement.conditions.begin(), statement.conditions.end(),
                     [&](const Condition& one) { return holds(condition(one), statement.effect); });
}

}  // namespace claviger::policy
