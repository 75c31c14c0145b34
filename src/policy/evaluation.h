// Whether a statement applies to a question. Internal to this room.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "policy/budget.h"
#include "policy/decision.h"
#include "policy/document.h"
#include "policy/trace.h"

namespace claviger::policy {

// One question on its way through documents. Borrows the question; not thread-safe.
class Evaluation final {
 public:
  Evaluation(const Question& question, std::uint32_t steps);
  Evaluation(const Evaluation&) = delete;
  Evaluation& operator=(const Evaluation&) = delete;

  // Whether action and resource are texts that patterns can be tried on. Nothing below may be called otherwise.
  bool decidable() const;
  Budget& budget() { return budget_; }
  // What the following documents, which are of this type, see of the request; at first what identity policies do.
  void see_as(PolicyType type);
  const Context* context() const { return context_; }

  // `limited`: the caller has a permissions boundary, which NotPrincipal never exempts.
  Closeness principal_of(const Statement& statement, bool limited) const;
  bool action_fits(const Statement& statement);
  bool resource_fits(const Statement& statement);
  ConditionResult condition(const Condition& condition) { return condition.evaluate(context_, budget_); }
  // Whether a condition with this result lets the statement apply: a Deny that cannot be judged applies.
  static bool holds(ConditionResult result, Effect effect) {
    return result == ConditionResult::kTrue || (result == ConditionResult::kUnevaluable && effect == Effect::kDeny);
  }
  // All of it but the principal.
  bool applies(const Statement& statement) {
    return action_fits(statement) && resource_fits(statement) && conditions_hold(statement);
  }

 private:
  bool conditions_hold(const Statement& statement);
  Closeness closeness(const PrincipalEntry& entry, Effect effect) const;
  bool is_exempt(const Statement& statement) const;

  const Question& question_;
  const Context* context_;
  Budget budget_;
  std::array<char, 128> lower_action_;
  ActionSubject action_;
  ResourceSubject resource_;
};

}  // namespace claviger::policy
