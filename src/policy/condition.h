// One line of a Condition element: an operator, a key, and the values it is compared with.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "policy/budget.h"
#include "policy/context.h"
#include "policy/template.h"
#include "policy/values.h"

namespace claviger::policy {

// How the values of a multi-valued key are taken together.
enum class SetOperator : std::uint8_t { kNone, kForAllValues, kForAnyValue };

struct ConditionOperator {
  enum class Family : std::uint8_t {
    kString,
    kStringIgnoringCase,
    kStringLike,
    kNumeric,
    kDate,
    kBool,
    kBinary,
    kIpAddress,
    kArn,  // ArnEquals and ArnLike are the same
    kNull,
  };
  enum class Relation : std::uint8_t { kEquals, kLess, kLessEquals, kGreater, kGreaterEquals };
  Family family = Family::kString;
  Relation relation = Relation::kEquals;
  bool negated = false;
  bool if_exists = false;
  SetOperator set = SetOperator::kNone;

  // `ForAnyValue:StringLikeIfExists`; case-sensitive. nullopt for anything that is not an operator, Null with a prefix
  // or with IfExists included.
  static std::optional<ConditionOperator> parse(std::string_view name);
};

// kUnevaluable: the request's value is not of the operator's type, or there are several and the operator is for one
// (IAM User Guide: "invalid use"). An Allow statement does not apply then, and a Deny statement does: what cannot be
// judged is refused. AWS leaves both open.
enum class ConditionResult : std::uint8_t { kFalse, kTrue, kUnevaluable };

class Condition final {
 public:
  // `texts` are the values as written, at least one. kMalformedPolicyDocument for an operator that does not exist, a
  // key without a prefix, and values that are not of the operator's type: what could never match is not stored.
  [[nodiscard]] static Result<Condition> parse(std::string_view operator_name, std::string_view key,
                                               std::vector<std::string> texts, bool variables);

  // Without `context` the request has no keys.
  ConditionResult evaluate(const Context* context, Budget& budget) const;

  const ConditionOperator& operation() const { return operation_; }
  const ContextKey& key() const { return key_; }
  // As written in the policy.
  const std::string& operator_name() const { return operator_name_; }
  const std::string& key_name() const { return key_name_; }
  const std::vector<std::string>& texts() const { return texts_; }

 private:
  using Value = std::variant<bool, Number, Cidr, Bytes, Template>;
  Condition() = default;
  static std::optional<Value> parse_value(const ConditionOperator& operation, std::string_view text, bool variables);
  // Whether one of the policy's values matches; a negated operator is not yet turned around.
  ConditionResult any_matches(std::string_view requested, const Context* context, Budget& budget) const;
  bool matches(const Value& value, const Value& requested) const;
  bool matches_text(const Template& value, std::string_view requested, const Context* context, Budget& budget) const;
  bool matches_literally(std::string_view tokens, std::string_view requested, Budget& budget) const;

  ConditionOperator operation_;
  ContextKey key_;
  std::vector<Value> values_;
  std::string operator_name_;
  std::string key_name_;
  std::vector<std::string> texts_;
};

}  // namespace claviger::policy
