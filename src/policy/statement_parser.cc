#include "policy/statement_parser.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "policy/malformed_document.h"
#include "policy/principal_entry.h"

namespace claviger::policy {
namespace {

using simdjson::dom::array;
using simdjson::dom::object;

bool is_trust_action(const std::string& lower) {
  constexpr std::array<std::string_view, 7> kAllowed{
      "sts:assumerole",        "sts:assumerole*", "sts:assumerolewithsaml", "sts:assumerolewithwebidentity",
      "sts:setsourceidentity", "sts:setcontext",  "sts:tagsession"};
  return std::find(kAllowed.begin(), kAllowed.end(), lower) != kAllowed.end();
}

// KMS refuses what lets a request without the key through that seems to demand it.
bool is_overly_permissive(const Condition& condition) {
  if (condition.operation().set != SetOperator::kForAllValues) return false;
  const std::string& key = condition.key().name();
  return key.starts_with("kms:encryptioncontext:") || key.starts_with("aws:requesttag/");
}

}  // namespace

StatementParser::StatementParser(DocumentKind kind, Version version, const std::vector<Binding>& bindings)
    : kind_(kind), variables_(version == Version::k2012_10_17) {
  for (const Binding& binding : bindings) bound_.emplace(binding.arn, binding.unique_id);
}

std::unexpected<Error> StatementParser::structural(std::string message) const {
  return malformed_document(kind_ == DocumentKind::kIdentity ? "Syntax errors in policy." : std::move(message));
}

std::unexpected<Error> StatementParser::invalid_principal(DocumentKind kind, std::string_view type,
                                                          std::string_view text) {
  if (kind == DocumentKind::kKeyPolicy) {
    return malformed_document("Policy contains a statement with one or more invalid principals.");
  }
  std::string upper(type);
  std::transform(upper.begin(), upper.end(), upper.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  return malformed_document(fmt::format("Invalid principal in policy: \"{}\":\"{}\"", upper, text));
}

// A string, or an array of strings; each goes through `take`.
template <class Take>
Status StatementParser::for_each_string(Element value, std::string_view name, Take take) const {
  if (std::string_view text; !value.get(text)) return take(text);
  array items;
  if (value.get(items)) return structural(fmt::format("{} must be a string or an array of strings.", name));
  if (items.begin() == items.end()) return structural(fmt::format("{} must not be empty.", name));
  for (const Element item : items) {
    std::string_view text;
    if (item.get(text)) return structural(fmt::format("{} must be a string or an array of strings.", name));
    CLAVIGER_TRY(take(text));
  }
  return {};
}

Status StatementParser::parse_effect(Element value, Statement& statement) const {
  std::string_view text;
  if (value.get(text)) return structural("Effect must be a string.");
  if (text != "Allow" && text != "Deny") return structural(fmt::format("Invalid effect: {}", text));
  statement.effect = text == "Allow" ? Effect::kAllow : Effect::kDeny;
  return {};
}

Status StatementParser::parse_sid(Element value, Statement& statement) const {
  std::string_view text;
  if (value.get(text)) return structural("Sid must be a string.");
  const auto alphanumeric = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
  };
  if (kind_ != DocumentKind::kKeyPolicy && !std::all_of(text.begin(), text.end(), alphanumeric)) {
    return malformed_document(
        "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression "
        "[0-9A-Za-z]*");
  }
  statement.sid = text;
  return {};
}

Status StatementParser::parse_principal(std::string_view type, std::string_view text, Statement& statement) const {
  std::optional<PrincipalEntry> entry;
  if (type == "AWS")
    entry = parse_aws_principal(text);
  else if (type == "Service")
    entry = parse_service_principal(text);
  else if (type == "Federated" && kind_ == DocumentKind::kTrust)
    entry = parse_federated_principal(text);
  if (!entry) return invalid_principal(kind_, type, text);
  // Everybody but everybody is nobody: no such Deny was meant.
  if (statement.not_principal && entry->kind == PrincipalEntry::Kind::kAnyone) {
    return malformed_document("NotPrincipal must not be \"*\".");
  }
  if (const auto bound = bound_.find(entry->text); bound != bound_.end()) entry->unique_id = bound->second;
  statement.principals.push_back(*std::move(entry));
  return {};
}

Status StatementParser::parse_principals(std::string_view name, Element value, Statement& statement) const {
  if (kind_ == DocumentKind::kIdentity) return malformed_document("Policy document should not specify a principal.");
  if (!statement.principals.empty()) return malformed_document("A statement has either Principal or NotPrincipal.");
  statement.not_principal = name == "NotPrincipal";
  if (std::string_view text; !value.get(text)) {
    if (text != "*") return invalid_principal(kind_, "AWS", text);
    return parse_principal("AWS", text, statement);
  }
  object types;
  if (value.get(types)) return malformed_document("Principal must be \"*\" or an object.");
  if (types.begin() == types.end()) return malformed_document("Missing required field Principal cannot be empty!");
  for (const auto& member : types) {
    const std::string_view type = member.key;
    CLAVIGER_TRY(for_each_string(member.value, "Principal",
                                 [&](std::string_view text) { return parse_principal(type, text, statement); }));
  }
  return {};
}

Status StatementParser::parse_actions(std::string_view name, Element value, Statement& statement) const {
  if (!statement.actions.empty()) return structural("A statement has either Action or NotAction.");
  statement.not_action = name == "NotAction";
  return for_each_string(value, name, [&](std::string_view text) -> Status {
    auto pattern = ActionPattern::parse(text);
    if (!pattern) return malformed_document(std::string(kNoVendor));
    if (kind_ == DocumentKind::kTrust && (statement.not_action || !is_trust_action(pattern->text()))) {
      return malformed_document("AssumeRole policy may only specify STS AssumeRole actions.");
    }
    statement.actions.push_back(*std::move(pattern));
    return {};
  });
}

Status StatementParser::parse_resources(std::string_view name, Element value, Statement& statement) const {
  if (kind_ == DocumentKind::kTrust) return malformed_document(fmt::format("Has prohibited field {}", name));
  if (!statement.resources.empty()) return structural("A statement has either Resource or NotResource.");
  statement.not_resource = name == "NotResource";
  const ArnPattern::Rules rules{.variables = variables_, .incomplete = kind_ == DocumentKind::kIdentity};
  return for_each_string(value, name, [&](std::string_view text) -> Status {
    auto pattern = ArnPattern::parse(text, rules);
    if (!pattern) return malformed_document(fmt::format("Resource {} must be in ARN format or \"*\".", text));
    statement.has_resource_variables = statement.has_resource_variables || pattern->has_variables();
    statement.resources.push_back(*std::move(pattern));
    return {};
  });
}

// Strings, and numbers and truth values without quotes; one, or an array of them.
Result<std::vector<std::string>> StatementParser::parse_condition_values(Element value) const {
  std::vector<std::string> texts;
  const auto add = [&texts](Element item) {
    if (std::string_view text; !item.get(text)) return texts.emplace_back(text), true;
    if (bool truth = false; !item.get(truth)) return texts.emplace_back(truth ? "true" : "false"), true;
    if (std::int64_t number = 0; !item.get(number)) return texts.push_back(fmt::format("{}", number)), true;
    if (std::uint64_t number = 0; !item.get(number)) return texts.push_back(fmt::format("{}", number)), true;
    if (double number = 0; !item.get(number)) return texts.push_back(fmt::format("{}", number)), true;
    return false;
  };
  array items;
  if (value.get(items)) {
    if (!add(value)) return structural("The values of a condition must be strings, numbers or truth values.");
    return texts;
  }
  for (const Element item : items) {
    if (!add(item)) return structural("The values of a condition must be strings, numbers or truth values.");
  }
  if (texts.empty()) return structural("A condition must have a value.");
  return texts;
}

Status StatementParser::parse_conditions(Element value, Statement& statement) const {
  object operators;
  if (value.get(operators)) return structural("Condition must be an object.");
  for (const auto& [operator_name, keys] : operators) {
    object members;
    if (keys.get(members)) return structural("A condition operator must have an object of keys and values.");
    if (!ConditionOperator::parse(operator_name)) {
      return structural(fmt::format("Invalid Condition type : {}", operator_name));
    }
    for (const auto& [key, values] : members) {
      CLAVIGER_ASSIGN(std::vector<std::string> texts, parse_condition_values(values));
      CLAVIGER_ASSIGN(Condition condition, Condition::parse(operator_name, key, std::move(texts), variables_));
      if (kind_ == DocumentKind::kKeyPolicy && is_overly_permissive(condition)) {
        return malformed_document(
            fmt::format("Policy contains an overly permissive condition: {} with {}", operator_name, key));
      }
      statement.conditions.push_back(std::move(condition));
    }
  }
  return {};
}

Status StatementParser::parse_member(std::string_view name, Element value, Statement& statement) const {
  if (name == "Effect") return parse_effect(value, statement);
  if (name == "Sid") return parse_sid(value, statement);
  if (name == "Principal" || name == "NotPrincipal") return parse_principals(name, value, statement);
  if (name == "Action" || name == "NotAction") return parse_actions(name, value, statement);
  if (name == "Resource" || name == "NotResource") return parse_resources(name, value, statement);
  if (name == "Condition") return parse_conditions(value, statement);
  return structural(fmt::format("Unknown field {}", name));
}

Status StatementParser::check_elements(const Statement& statement, bool has_effect, bool has_principal) const {
  if (!has_effect) return structural("Missing required field Effect");
  if (kind_ == DocumentKind::kIdentity) {
    if (statement.actions.empty()) return malformed_document("Policy statement must contain actions.");
    if (statement.resources.empty()) return malformed_document("Policy statement must contain resources.");
    return {};
  }
  if (!has_principal) return malformed_document("Missing required field Principal");
  if (kind_ == DocumentKind::kTrust && statement.actions.empty())
    return malformed_document("Missing required field Action");
  if (statement.not_principal && statement.effect == Effect::kAllow) {
    return malformed_document("NotPrincipal must not be used with the effect Allow.");
  }
  return {};
}

Result<Statement> StatementParser::parse(Element value) const {
  object members;
  if (value.get(members)) return structural("Statement must be an object or an array of objects.");
  Statement statement;
  bool has_effect = false, has_principal = false;
  for (const auto& [name, member] : members) {
    has_effect = has_effect || name == "Effect";
    has_principal = has_principal || name == "Principal" || name == "NotPrincipal";
    CLAVIGER_TRY(parse_member(name, member, statement));
  }
  CLAVIGER_TRY(check_elements(statement, has_effect, has_principal));
  statement.any_resource = kind_ == DocumentKind::kTrust;
  return statement;
}

}  // namespace claviger::policy
