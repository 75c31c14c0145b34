#include "policy/explanation.h"

#include <algorithm>

#include "policy/evaluation.h"

namespace claviger::policy {
namespace {

class Explainer final {
 public:
  Explainer(const Question& question, const Policies& policies, Trace& trace)
      : policies_(policies), trace_(trace), evaluation_(question, trace.max_work * kDecisionSteps) {}

  void explain(PolicyType resource_type) {
    if (!evaluation_.decidable()) {
      trace_.complete = false;
      return;
    }
    if (resource_type != PolicyType::kNone && policies_.resource_policy != nullptr) {
      document(*policies_.resource_policy, resource_type, 0);
    }
    for (std::uint32_t i = 0; i < policies_.identity.size(); ++i) {
      document(*policies_.identity[i], PolicyType::kIdentity, i);
    }
    if (policies_.boundary != nullptr) document(*policies_.boundary, PolicyType::kBoundary, 0);
    for (std::uint32_t i = 0; i < policies_.session.size(); ++i) {
      document(*policies_.session[i], PolicyType::kSession, i);
    }
  }

 private:
  void document(const Document& document, PolicyType type, std::uint32_t index) {
    evaluation_.see_as(type);
    for (std::uint32_t i = 0; i < document.statements().size(); ++i) {
      const Statement& statement = document.statements()[i];
      TracedStatement traced{.policy = type, .document = index, .statement = i, .sid = statement.sid};
      traced.effect = statement.effect;
      traced.principal = document.kind() == DocumentKind::kIdentity
                             ? Closeness::kCaller
                             : evaluation_.principal_of(statement, policies_.boundary != nullptr);
      traced.action = evaluation_.action_fits(statement);
      traced.resource = evaluation_.resource_fits(statement);
      bool conditions = true;
      for (const Condition& one : statement.conditions) {
        traced.conditions.push_back(condition(one));
        conditions = conditions && Evaluation::holds(traced.conditions.back().result, statement.effect);
      }
      traced.applies = traced.principal != Closeness::kNot && traced.action && traced.resource && conditions;
      if (evaluation_.budget().exhausted()) {
        trace_.complete = false;
        return;
      }
      trace_.statements.push_back(std::move(traced));
    }
  }

  TracedCondition condition(const Condition& one) {
    TracedCondition traced{.operator_name = one.operator_name(), .key = one.key_name()};
    traced.result = evaluation_.condition(one);
    for (const std::string& text : one.texts()) keep(text, traced.policy_values);
    const Context* context = evaluation_.context();
    const ContextValues values = context == nullptr ? ContextValues() : context->find(one.key());
    traced.multi_valued = values.multi_valued();
    for (std::size_t i = 0; i < values.size(); ++i) keep(values[i], traced.request_values);
    return traced;
  }

  // A few kilobytes of a request can be the value of every condition of a large policy.
  void keep(std::string_view text, std::vector<std::string>& out) {
    kept_bytes_ += text.size() + sizeof(std::string);
    if (kept_bytes_ <= trace_.max_bytes) {
      out.emplace_back(text);
    } else {
      trace_.complete = false;
    }
  }

  const Policies& policies_;
  Trace& trace_;
  Evaluation evaluation_;
  std::size_t kept_bytes_ = 0;
};

}  // namespace

void explain(const Question& question, const Policies& policies, PolicyType resource_type, Trace& trace) {
  Explainer(question, policies, trace).explain(resource_type);
}

}  // namespace claviger::policy
