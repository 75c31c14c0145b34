#include "policy/decision.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "policy/evaluation.h"
#include "policy/explanation.h"

namespace claviger::policy {
namespace {

// A statement of some policy of the caller.
struct Place {
  PolicyType policy = PolicyType::kNone;
  std::uint32_t document = 0;
  std::uint32_t statement = 0;
};

class Decider final {
 public:
  Decider(const Question& question, const Policies& policies, PolicyType resource_type)
      : question_(question), policies_(policies), resource_type_(resource_type), evaluation_(question, kDecisionSteps) {
    foreign_ = has_account() && question.principal.account != policies.owner;
  }

  Decision decide();

 private:
  // What the documents of one kind say.
  struct Side {
    std::optional<Place> allow;
    bool any = false;  // there are such documents
  };

  bool is_root() const { return question_.principal.kind == PrincipalKind::kRoot; }
  bool has_account() const {
    return question_.principal.kind != PrincipalKind::kService &&
           question_.principal.kind != PrincipalKind::kWebIdentity;
  }
  Decision result(Verdict verdict, Reason reason, std::optional<Place> place = {}) const;
  Decision allow(Reason reason, std::optional<Place> place) const { return result(Verdict::kAllow, reason, place); }
  Decision refuse(Reason reason, std::optional<Place> place = {}) const {
    return result(Verdict::kImplicitDeny, reason, place);
  }
  std::optional<Place> allow_of(Closeness closest) const { return allows_[static_cast<std::size_t>(closest)]; }

  // Each looks for Deny statements, of which it keeps the first in denied_, and for the first Allow, until it is
  // over().
  void scan_resource_policy();
  void scan(const Document& document, PolicyType type, std::uint32_t index, Side& side);
  void scan_all();
  bool out_of_work() { return evaluation_.budget().exhausted(); }
  bool over() { return denied_ || out_of_work(); }

  Decision decide_by_identity() const;
  Decision decide_by_resource_policy() const;
  Decision decide_by_grant(Decision otherwise) const;
  Decision judge(Closeness closest, bool own_account_trusts, Reason direct, std::optional<Place> place) const;

  const Question& question_;
  const Policies& policies_;
  const PolicyType resource_type_;
  Evaluation evaluation_;
  bool foreign_ = false;
  std::optional<Place> denied_;
  std::array<std::optional<Place>, 4> allows_;  // of the resource policy, by closeness
  Side identity_, boundary_, session_;
};

Decision Decider::result(Verdict verdict, Reason reason, std::optional<Place> place) const {
  Decision decision{.verdict = verdict, .reason = reason, .across_accounts = foreign_};
  if (reason == Reason::kNoStatement) decision.policy = resource_type_;
  if (place) {
    decision.policy = place->policy;
    decision.document = place->document;
    decision.statement = place->statement;
  }
  return decision;
}

void Decider::scan_resource_policy() {
  const std::vector<Statement>& statements = policies_.resource_policy->statements();
  for (std::uint32_t i = 0; i < statements.size() && !over(); ++i) {
    const Statement& statement = statements[i];
    const Closeness closest = evaluation_.principal_of(statement, policies_.boundary != nullptr);
    if (closest == Closeness::kNot) continue;
    std::optional<Place>& allowed = allows_[static_cast<std::size_t>(closest)];
    if (statement.effect == Effect::kAllow && allowed) continue;
    if (!evaluation_.applies(statement)) continue;
    // A Deny that names the account denies everybody in it.
    (statement.effect == Effect::kDeny ? denied_ : allowed) = Place{resource_type_, 0, i};
  }
}

void Decider::scan(const Document& document, PolicyType type, std::uint32_t index, Side& side) {
  side.any = true;
  const std::vector<Statement>& statements = document.statements();
  for (std::uint32_t i = 0; i < statements.size() && !over(); ++i) {
    const Statement& statement = statements[i];
    if (statement.effect == Effect::kAllow && side.allow) continue;
    if (!evaluation_.applies(statement)) continue;
    (statement.effect == Effect::kDeny ? denied_ : side.allow) = Place{type, index, i};
  }
}

void Decider::scan_all() {
  if (resource_type_ != PolicyType::kNone && policies_.resource_policy != nullptr) {
    evaluation_.see_as(resource_type_);
    scan_resource_policy();
    evaluation_.see_as(PolicyType::kIdentity);
  }
  for (std::uint32_t i = 0; i < policies_.identity.size(); ++i) {
    scan(*policies_.identity[i], PolicyType::kIdentity, i, identity_);
  }
  if (policies_.boundary != nullptr) scan(*policies_.boundary, PolicyType::kBoundary, 0, boundary_);
  for (std::uint32_t i = 0; i < policies_.session.size(); ++i) {
    scan(*policies_.session[i], PolicyType::kSession, i, session_);
  }
  // A federated user has of its user's permissions what a session policy gives it.
  if (question_.principal.kind == PrincipalKind::kFederatedUser) session_.any = true;
}

// What a resource policy or a grant gives to somebody who is as close as this. `own_account_trusts`: the caller's
// account need not agree, because it is its own resource or because a grant was made out to it.
Decision Decider::judge(Closeness closest, bool own_account_trusts, Reason direct, std::optional<Place> place) const {
  if (is_root() || !has_account()) return allow(direct, place);
  if (closest == Closeness::kCaller && own_account_trusts) return allow(direct, place);
  const bool by_identity = closest == Closeness::kAccount || !own_account_trusts;
  if (by_identity && !identity_.allow) return refuse(Reason::kAccountDelegates, place);
  if (boundary_.any && !boundary_.allow) return refuse(Reason::kNoBoundary, place);
  if (session_.any && !session_.allow) return refuse(Reason::kNoSessionPolicy, place);
  if (by_identity && direct != Reason::kGrant) return allow(Reason::kIdentityPolicy, identity_.allow);
  return allow(direct, place);
}

Decision Decider::decide_by_resource_policy() const {
  Decision decision = refuse(Reason::kNoStatement);
  for (const auto& [closest, reason] :
       {std::pair{Closeness::kCaller, Reason::kCallerNamed}, std::pair{Closeness::kSource, Reason::kSourceNamed},
        std::pair{Closeness::kAccount, Reason::kAccountNamed}}) {
    if (const auto place = allow_of(closest)) {
      decision = judge(closest, !foreign_, reason, place);
      if (decision.allowed()) break;
    }
  }
  return decision;
}

Decision Decider::decide_by_grant(Decision otherwise) const {
  if (policies_.grants == nullptr) return otherwise;
  const std::optional<GrantUse> use = policies_.grants->find(question_.action);
  if (!use) return otherwise;
  constexpr std::array kClosest{Closeness::kAccount, Closeness::kSource, Closeness::kCaller};
  Decision decision = judge(kClosest[static_cast<std::size_t>(use->grantee)], true, Reason::kGrant, {});
  decision.grant_id = use->grant_id;
  return decision;
}

Decision Decider::decide_by_identity() const {
  if (!has_account() || foreign_) return refuse(Reason::kNoIdentityPolicy);
  if (is_root()) return allow(Reason::kRootIdentity, {});
  if (!identity_.allow) return refuse(Reason::kNoIdentityPolicy);
  if (boundary_.any && !boundary_.allow) return refuse(Reason::kNoBoundary);
  if (session_.any && !session_.allow) return refuse(Reason::kNoSessionPolicy);
  return allow(Reason::kIdentityPolicy, identity_.allow);
}

Decision Decider::decide() {
  if (!evaluation_.decidable()) return refuse(Reason::kNotDecidable);
  scan_all();
  // Before what was found: nothing that was judged with the last of the work can be relied on, a Deny neither.
  if (out_of_work()) return refuse(Reason::kNotDecidable);
  if (denied_) return result(Verdict::kExplicitDeny, Reason::kDenyStatement, denied_);
  if (resource_type_ == PolicyType::kNone) return decide_by_identity();
  if (resource_type_ == PolicyType::kTrustPolicy && is_root()) return refuse(Reason::kRootMayNotAssume);
  if (foreign_ && !policies_.usable_across_accounts) return refuse(Reason::kNotCrossAccount);
  const Decision decision = policies_.only_by_grant ? refuse(Reason::kNoStatement) : decide_by_resource_policy();
  return decision.allowed() ? decision : decide_by_grant(decision);
}

Decision decide(const Question& question, const Policies& policies, PolicyType resource_type, Trace* trace) {
  const Decision decision = Decider(question, policies, resource_type).decide();
  if (trace == nullptr) return decision;
  explain(question, policies, resource_type, *trace);
  // It was given more work than the decision, and may show what the decision did not see.
  if (decision.reason == Reason::kNotDecidable) trace->complete = false;
  const bool grants_asked = decision.reason == Reason::kGrant || !decision.allowed();
  if (resource_type == PolicyType::kKeyPolicy && policies.grants != nullptr && grants_asked) {
    policies.grants->explain(question.action, trace->grants);
  }
  return decision;
}

std::string_view name_of(PolicyType type) {
  switch (type) {
    case PolicyType::kIdentity:
      return "an identity-based policy";
    case PolicyType::kBoundary:
      return "a permissions boundary";
    case PolicyType::kSession:
      return "a session policy";
    case PolicyType::kTrustPolicy:
      return "the role trust policy";
    case PolicyType::kKeyPolicy:
    case PolicyType::kNone:
      break;
  }
  return "a resource-based policy";
}

// What a caller learns of a key in another account: nothing.
constexpr std::string_view kHidden =
    "because the resource does not exist in this Region, no resource-based policies allow access, or a resource-based "
    "policy explicitly denies access";

std::string because(const Question& question, const Decision& decision) {
  const auto no = [&question](std::string_view type) {
    return fmt::format("because no {} allows the {} action", type, question.action);
  };
  const bool hidden = decision.across_accounts && decision.policy != PolicyType::kTrustPolicy;
  switch (decision.reason) {
    case Reason::kDenyStatement:
      if (hidden && decision.policy == PolicyType::kKeyPolicy) return std::string(kHidden);
      return fmt::format("with an explicit deny in {}", name_of(decision.policy));
    case Reason::kAccountDelegates:
    case Reason::kNoIdentityPolicy:
      return no("identity-based policy");
    case Reason::kNoBoundary:
      return no("permissions boundary");
    case Reason::kNoSessionPolicy:
      return no("session policy");
    case Reason::kNotCrossAccount:
      return std::string(kHidden);
    case Reason::kNoStatement:
    case Reason::kNotDecidable:
    case Reason::kRootMayNotAssume:
    case Reason::kCallerNamed:
    case Reason::kSourceNamed:
    case Reason::kAccountNamed:
    case Reason::kIdentityPolicy:
    case Reason::kGrant:
    case Reason::kRootIdentity:
      break;
  }
  if (decision.policy == PolicyType::kTrustPolicy) return no("role trust policy");
  return hidden ? std::string(kHidden) : no("resource-based policy");
}

}  // namespace

Decision decide_on_key(const Question& question, const Policies& policies, Trace* trace) {
  return decide(question, policies, PolicyType::kKeyPolicy, trace);
}

Decision decide_without_key(const Question& question, const Policies& policies, Trace* trace) {
  return decide(question, policies, PolicyType::kNone, trace);
}

Decision decide_trust(const Question& question, const Policies& policies, Trace* trace) {
  return decide(question, policies, PolicyType::kTrustPolicy, trace);
}

Error access_denied(const Question& question, const Decision& decision) {
  if (decision.reason == Reason::kRootMayNotAssume) {
    return Error(ErrorCode::kAccessDenied, "Roles may not be assumed by root accounts.");
  }
  return Error(ErrorCode::kAccessDenied,
               fmt::format("User: {} is not authorized to perform: {} on resource: {} {}", question.principal.arn,
                           question.action, question.resource, because(question, decision)));
}

}  // namespace claviger::policy
