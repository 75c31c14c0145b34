#include "policy/condition.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/encoding.h"
#include "base/identifiers.h"
#include "policy/costs.h"
#include "policy/malformed_document.h"

namespace claviger::policy {
namespace {

using Family = ConditionOperator::Family;
using Relation = ConditionOperator::Relation;

struct NamedOperator {
  std::string_view name;
  Family family;
  Relation relation = Relation::kEquals;
  bool negated = false;
};
constexpr std::array kOperators{
    NamedOperator{"StringEquals", Family::kString},
    NamedOperator{"StringNotEquals", Family::kString, Relation::kEquals, true},
    NamedOperator{"StringEqualsIgnoreCase", Family::kStringIgnoringCase},
    NamedOperator{"StringNotEqualsIgnoreCase", Family::kStringIgnoringCase, Relation::kEquals, true},
    NamedOperator{"StringLike", Family::kStringLike},
    NamedOperator{"StringNotLike", Family::kStringLike, Relation::kEquals, true},
    NamedOperator{"NumericEquals", Family::kNumeric},
    NamedOperator{"NumericNotEquals", Family::kNumeric, Relation::kEquals, true},
    NamedOperator{"NumericLessThan", Family::kNumeric, Relation::kLess},
    NamedOperator{"NumericLessThanEquals", Family::kNumeric, Relation::kLessEquals},
    NamedOperator{"NumericGreaterThan", Family::kNumeric, Relation::kGreater},
    NamedOperator{"NumericGreaterThanEquals", Family::kNumeric, Relation::kGreaterEquals},
    NamedOperator{"DateEquals", Family::kDate},
    NamedOperator{"DateNotEquals", Family::kDate, Relation::kEquals, true},
    NamedOperator{"DateLessThan", Family::kDate, Relation::kLess},
    NamedOperator{"DateLessThanEquals", Family::kDate, Relation::kLessEquals},
    NamedOperator{"DateGreaterThan", Family::kDate, Relation::kGreater},
    NamedOperator{"DateGreaterThanEquals", Family::kDate, Relation::kGreaterEquals},
    NamedOperator{"Bool", Family::kBool},
    NamedOperator{"BinaryEquals", Family::kBinary},
    NamedOperator{"IpAddress", Family::kIpAddress},
    NamedOperator{"NotIpAddress", Family::kIpAddress, Relation::kEquals, true},
    NamedOperator{"ArnEquals", Family::kArn},
    NamedOperator{"ArnLike", Family::kArn},
    NamedOperator{"ArnNotEquals", Family::kArn, Relation::kEquals, true},
    NamedOperator{"ArnNotLike", Family::kArn, Relation::kEquals, true},
    NamedOperator{"Null", Family::kNull},
};

// The lower case of the bytes of a UTF-8 text, of ASCII and of U+00C0 to U+00DE: all letters that a key policy can
// hold. The two are of one size.
bool equals_ignoring_case(std::string_view a, std::string_view b) {
  const auto lower = [](std::string_view text, std::size_t i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte >= 'A' && byte <= 'Z') return static_cast<unsigned char>(byte + 0x20);
    const bool after_c3 = i > 0 && static_cast<unsigned char>(text[i - 1]) == 0xc3;
    if (after_c3 && byte >= 0x80 && byte <= 0x9e && byte != 0x97) return static_cast<unsigned char>(byte + 0x20);
    return byte;
  };
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (lower(a, i) != lower(b, i)) return false;
  }
  return true;
}

// The six parts of an ARN or of a compiled pattern for one; nullopt when there are fewer.
std::optional<std::array<std::string_view, 6>> arn_parts(std::string_view text) {
  std::array<std::string_view, 6> parts;
  for (std::size_t i = 0; i < 5; ++i) {
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos) return std::nullopt;
    parts[i] = text.substr(0, colon);
    text.remove_prefix(colon + 1);
  }
  parts[5] = text;
  return parts;
}

bool compare(const Number& requested, const Number& value, Relation relation) {
  switch (relation) {
    case Relation::kEquals:
      return requested == value;
    case Relation::kLess:
      return requested < value;
    case Relation::kLessEquals:
      return requested <= value;
    case Relation::kGreater:
      return requested > value;
    case Relation::kGreaterEquals:
      return requested >= value;
  }
  return false;
}

bool is_textual(Family family) {
  return family == Family::kString || family == Family::kStringIgnoringCase || family == Family::kStringLike ||
         family == Family::kArn;
}

}  // namespace

std::optional<ConditionOperator> ConditionOperator::parse(std::string_view name) {
  ConditionOperator result;
  const auto take_prefix = [&name](std::string_view prefix) {
    if (!name.starts_with(prefix)) return false;
    name.remove_prefix(prefix.size());
    return true;
  };
  if (take_prefix("ForAllValues:"))
    result.set = SetOperator::kForAllValues;
  else if (take_prefix("ForAnyValue:"))
    result.set = SetOperator::kForAnyValue;
  constexpr std::string_view kIfExists = "IfExists";
  if (name.ends_with(kIfExists)) {
    result.if_exists = true;
    name.remove_suffix(kIfExists.size());
  }
  const auto found =
      std::find_if(kOperators.begin(), kOperators.end(), [name](const NamedOperator& one) { return one.name == name; });
  if (found == kOperators.end()) return std::nullopt;
  result.family = found->family;
  result.relation = found->relation;
  result.negated = found->negated;
  if (result.family == Family::kNull && (result.if_exists || result.set != SetOperator::kNone)) return std::nullopt;
  return result;
}

std::optional<Condition::Value> Condition::parse_value(const ConditionOperator& operation, std::string_view text,
                                                       bool variables) {
  const auto some = [](auto parsed) -> std::optional<Value> {
    if (!parsed) return std::nullopt;
    return Value(*std::move(parsed));
  };
  switch (operation.family) {
    case Family::kString:
    case Family::kStringIgnoringCase:
      return some(Template::parse(text, {variables, Template::Wildcards::kNone}));
    case Family::kStringLike:
      return some(Template::parse(text, {variables, Template::Wildcards::kText}));
    case Family::kArn: {
      auto parsed = Template::parse(text, {variables, Template::Wildcards::kText});
      if (!parsed || (!parsed->has_variables() && (!text.starts_with("arn:") || !arn_parts(text)))) return std::nullopt;
      return some(std::move(parsed));
    }
    case Family::kNumeric:
      return some(parse_number(text));
    case Family::kDate:
      return some(parse_date(text));
    case Family::kBool:
    case Family::kNull:
      return some(parse_bool(text));
    case Family::kBinary:
      return some(base64_decode(text));
    case Family::kIpAddress:
      return some(parse_cidr(text));
  }
  return std::nullopt;
}

Result<Condition> Condition::parse(std::string_view operator_name, std::string_view key, std::vector<std::string> texts,
                                   bool variables) {
  const auto operation = ConditionOperator::parse(operator_name);
  if (!operation) return malformed_document(fmt::format("Invalid Condition type : {}", operator_name));
  const std::size_t colon = key.find(':');
  if (colon == std::string_view::npos || colon == 0 || colon + 1 == key.size()) {
    return malformed_document(std::string(kNoVendor));
  }
  Condition condition;
  condition.operation_ = *operation;
  condition.key_ = ContextKey(key);
  condition.operator_name_ = operator_name;
  condition.key_name_ = key;
  for (const std::string& text : texts) {
    auto value = parse_value(*operation, text, variables);
    if (!value)
      return malformed_document(fmt::format("Invalid value {} for the condition operator {}", text, operator_name));
    condition.values_.push_back(*std::move(value));
  }
  condition.texts_ = std::move(texts);
  return condition;
}

ConditionResult Condition::evaluate(const Context* context, Budget& budget) const {
  const auto truth = [](bool value) { return value ? ConditionResult::kTrue : ConditionResult::kFalse; };
  if (!budget.spend(steps_to_find(key_))) return ConditionResult::kUnevaluable;
  const ContextValues requested = context == nullptr ? ContextValues() : context->find(key_);
  if (!requested.decidable()) return ConditionResult::kUnevaluable;
  if (operation_.family == Family::kNull) {
    return truth(std::any_of(values_.begin(), values_.end(),
                             [&](const Value& value) { return std::get<bool>(value) != requested.present(); }));
  }
  if (!requested.present()) {
    if (operation_.if_exists || operation_.set == SetOperator::kForAllValues) return ConditionResult::kTrue;
    return truth(operation_.negated && operation_.set == SetOperator::kNone);
  }
  if (requested.multi_valued() && operation_.set == SetOperator::kNone) return ConditionResult::kUnevaluable;
  bool all = true, any = false;
  for (std::size_t i = 0; i < requested.size(); ++i) {
    const ConditionResult found = any_matches(requested[i], context, budget);
    // Counting what cannot be paid for any more would take as long as doing it.
    if (found == ConditionResult::kUnevaluable || budget.exhausted()) return ConditionResult::kUnevaluable;
    const bool holds = (found == ConditionResult::kTrue) != operation_.negated;
    all = all && holds;
    any = any || holds;
  }
  return truth(operation_.set == SetOperator::kForAllValues ? all : any);
}

ConditionResult Condition::any_matches(std::string_view requested, const Context* context, Budget& budget) const {
  const auto truth = [](bool value) { return value ? ConditionResult::kTrue : ConditionResult::kFalse; };
  if (is_textual(operation_.family)) {
    if (operation_.family == Family::kArn && (!requested.starts_with("arn:") || !arn_parts(requested))) {
      return ConditionResult::kUnevaluable;
    }
    return truth(std::any_of(values_.begin(), values_.end(), [&](const Value& value) {
      return matches_text(std::get<Template>(value), requested, context, budget);
    }));
  }
  if (!budget.spend(steps_to_parse(requested) + 4 * values_.size())) return ConditionResult::kUnevaluable;
  const auto parsed = parse_value(operation_, requested, false);
  if (!parsed) return ConditionResult::kUnevaluable;
  return truth(
      std::any_of(values_.begin(), values_.end(), [&](const Value& value) { return matches(value, *parsed); }));
}

bool Condition::matches(const Value& value, const Value& requested) const {
  if (const auto* number = std::get_if<Number>(&value)) {
    return compare(std::get<Number>(requested), *number, operation_.relation);
  }
  if (const auto* block = std::get_if<Cidr>(&value)) return block->contains(std::get<Cidr>(requested));
  if (const auto* flag = std::get_if<bool>(&value)) return *flag == std::get<bool>(requested);
  return std::get<Bytes>(value) == std::get<Bytes>(requested);
}

bool Condition::matches_text(const Template& value, std::string_view requested, const Context* context,
                             Budget& budget) const {
  if (!value.has_variables()) {
    if (operation_.family == Family::kStringLike) return matches_once(value.fixed(), requested, budget);
    return matches_literally(value.fixed().tokens(), requested, budget);
  }
  std::string tokens;
  if (value.expand(context, requested.size(), budget, tokens) != Template::Expansion::kDone) return false;
  if (operation_.family == Family::kStringLike) {
    return budget.spend(steps_to_compile(tokens)) && matches_once(Glob(std::move(tokens)), requested, budget);
  }
  return matches_literally(tokens, requested, budget);
}

bool Condition::matches_literally(std::string_view tokens, std::string_view requested, Budget& budget) const {
  if (!budget.spend(8)) return false;
  if (operation_.family != Family::kArn && tokens.size() != requested.size()) return false;
  if (operation_.family == Family::kString) return budget.spend(tokens.size() / 16) && tokens == requested;
  if (operation_.family == Family::kStringIgnoringCase) {
    return budget.spend(2 * tokens.size()) && equals_ignoring_case(tokens, requested);
  }
  if (!budget.spend(48)) return false;
  const auto pattern = arn_parts(tokens), arn = arn_parts(requested);
  if (!pattern || !arn) return false;
  for (std::size_t i = 0; i < 6; ++i) {
    if (!matches_tokens((*pattern)[i], (*arn)[i], budget)) return false;
  }
  return true;
}

}  // namespace claviger::policy
