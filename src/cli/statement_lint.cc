#include "cli/statement_lint.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>

#include "cli/kms_reference.h"

namespace claviger::cli {
namespace {

using policy::Condition;
using policy::ConditionOperator;
using policy::DocumentKind;
using policy::Effect;
using policy::PrincipalEntry;
using policy::SetOperator;
using policy::Statement;
using Family = ConditionOperator::Family;

bool has_wildcard(std::string_view text) { return text.find_first_of("*?") != std::string_view::npos; }

bool matches(const policy::ActionPattern& pattern, const KmsPermission& permission) {
  const std::string action = policy::to_lower_case(fmt::format("kms:{}", permission.name));
  policy::Budget budget(100'000);
  policy::ActionSubject subject(action, budget);
  return pattern.matches(subject);
}

// The part of an ARN pattern behind the fifth colon; empty when there are fewer.
std::string_view resource_part(std::string_view arn) {
  const auto parts = split_arn(arn);
  return parts ? parts->resource : std::string_view();
}

class StatementLinter final {
 public:
  StatementLinter(const policy::Document& document, const Statement& statement, const StatementPlace& place,
                  std::vector<Finding>& findings)
      : document_(document), statement_(statement), place_(place), findings_(findings) {
    for (const KmsPermission& permission : kms_permissions()) {
      const bool listed = std::any_of(statement.actions.begin(), statement.actions.end(),
                                      [&](const auto& pattern) { return matches(pattern, permission); });
      if (!statement.actions.empty() && listed != statement.not_action) covered_.push_back(&permission);
    }
  }

  void run() {
    look_at_scope();
    look_for_openness();
    look_for_variables();
    if (document_.kind() != DocumentKind::kTrust) {
      look_at_actions();
      look_at_resources();
    }
    for (const Condition& condition : statement_.conditions) look_at_condition(condition);
  }

 private:
  void look_at_scope();
  void look_for_openness();
  void look_for_variables();
  void look_at_actions();
  void look_at_resources();
  void look_at_condition(const Condition& condition);
  void look_at_type(const Condition& condition, const ConditionKeyInfo& key, std::size_t line);
  void look_at_set(const Condition& condition, const ConditionKeyInfo& key, std::size_t line);
  void look_at_presence(const Condition& condition, const ConditionKeyInfo& key, std::size_t line);
  bool narrows(const Condition& condition) const;
  bool is_allow() const { return statement_.effect == Effect::kAllow; }
  bool is_key_policy() const { return document_.kind() == DocumentKind::kKeyPolicy; }
  void warn(std::string_view code, std::size_t line, std::string message) {
    findings_.push_back({Finding::Severity::kWarning, code, line, std::move(message)});
  }

  const policy::Document& document_;
  const Statement& statement_;
  const StatementPlace& place_;
  std::vector<Finding>& findings_;
  std::vector<const KmsPermission*> covered_;  // the permissions of KMS that the statement is about
};

void StatementLinter::look_at_scope() {
  if (statement_.actions.empty()) {
    warn("applies-to-nothing", place_.line(), "the statement has no Action and applies to nothing");
  }
  if (statement_.resources.empty() && !statement_.any_resource) {
    warn("applies-to-nothing", place_.line(),
         "the statement has no Resource and applies to nothing; \"*\" means this key");
  }
  if (!is_allow()) return;
  if (statement_.not_action) {
    warn("not-action-with-allow", place_.line_of_member({"NotAction"}),
         "Allow with NotAction allows every other action, also those that AWS adds later; list the actions");
  }
  if (statement_.not_resource) {
    warn("not-resource-with-allow", place_.line_of_member({"NotResource"}),
         "Allow with NotResource allows the actions on every other resource; list the resources");
  }
}

// Whether a condition keeps strangers out.
bool StatementLinter::narrows(const Condition& condition) const {
  constexpr std::array<std::string_view, 14> kWho{
      "kms:calleraccount", "aws:principalaccount", "aws:principalarn", "aws:principalorgid", "aws:principalorgpaths",
      "aws:userid",        "aws:sourceaccount",    "aws:sourcearn",    "aws:sourceorgid",    "aws:sourceorgpaths",
      "aws:sourceip",      "aws:sourcevpc",        "aws:sourcevpce",   "aws:vpcsourceip"};
  if (std::find(kWho.begin(), kWho.end(), condition.key().name()) == kWho.end()) return false;
  const ConditionOperator& operation = condition.operation();
  if (operation.negated || operation.if_exists || operation.family == Family::kNull ||
      operation.set == SetOperator::kForAllValues) {
    return false;
  }
  const bool of_arn = condition.key().name() == "aws:principalarn";
  return std::none_of(condition.texts().begin(), condition.texts().end(), [of_arn](const std::string& text) {
    if (text.find_first_not_of("*?") == std::string::npos || text.ends_with("/0")) return true;
    if (!of_arn) return false;
    // A name in every account is anyone's to take.
    const auto arn = split_arn(text);
    return !arn || has_wildcard(arn->account);
  });
}

void StatementLinter::look_for_openness() {
  if (!is_allow() || statement_.not_principal) return;
  for (const PrincipalEntry& entry : statement_.principals) {
    if (entry.kind != PrincipalEntry::Kind::kAnyone) continue;
    if (std::any_of(statement_.conditions.begin(), statement_.conditions.end(),
                    [this](const Condition& condition) { return narrows(condition); })) {
      return;
    }
    warn("open-to-everyone", place_.line_of_text({"Principal"}, "*"),
         "the principal \"*\" is everyone, of every account; name principals, or add a condition on kms:CallerAccount "
         "or "
         "aws:PrincipalOrgID");
    return;
  }
}

void StatementLinter::look_for_variables() {
  if (document_.version() != policy::Version::k2008_10_17) return;
  const std::string advice =
      "in version 2008-10-17, the default, ${...} is not a variable but these characters; set "
      "Version to 2012-10-17";
  for (const policy::ArnPattern& resource : statement_.resources) {
    if (resource.text().find("${") == std::string::npos) continue;
    warn("variable-in-old-version", place_.line_of_text({"Resource", "NotResource"}, resource.text()), advice);
  }
  for (const Condition& condition : statement_.conditions) {
    if (std::any_of(condition.texts().begin(), condition.texts().end(),
                    [](const std::string& text) { return text.find("${") != std::string::npos; })) {
      warn("variable-in-old-version", place_.line_of_condition(condition.operator_name(), condition.key_name()),
           advice);
    }
  }
}

void StatementLinter::look_at_actions() {
  for (const policy::ActionPattern& pattern : statement_.actions) {
    const std::string& text = pattern.text();  // in lower case
    const std::size_t line = place_.line_of_text({"Action", "NotAction"}, text);
    const bool is_kms = text == "*" || text.starts_with("kms:");
    if (!is_kms) {
      if (is_key_policy()) {
        warn("foreign-action", line,
             fmt::format("{} is no action on a KMS key; in a key policy it does nothing", text));
      }
      continue;
    }
    const auto permissions = kms_permissions();
    if (std::none_of(permissions.begin(), permissions.end(),
                     [&](const KmsPermission& permission) { return matches(pattern, permission); })) {
      warn("unknown-action", line,
           text == "kms:reencrypt" ? "kms:ReEncrypt is no permission; ReEncrypt needs kms:ReEncryptFrom and "
                                     "kms:ReEncryptTo, or kms:ReEncrypt*"
                                   : fmt::format("AWS KMS has no action {}", text));
    }
  }
  if (!is_key_policy() || statement_.not_action || covered_.empty()) return;
  for (const KmsPermission* permission : covered_) {
    if (permission->resource != KmsResource::kNone) return;
  }
  warn("not-by-key-policy", place_.line_of_member({"Action"}),
       fmt::format("kms:{} is not decided on a key: only identity policies can allow or deny it",
                   covered_.front()->name));
}

void StatementLinter::look_at_resources() {
  if (statement_.not_resource || covered_.empty() || statement_.resources.empty()) return;
  bool any_key = false, any_alias = false, anything = false;
  for (const policy::ArnPattern& pattern : statement_.resources) {
    const std::string& text = pattern.text();
    const auto parts = split_arn(text);
    const bool of_kms = !parts || parts->service == "kms";
    const std::string_view resource = resource_part(text);
    if (text == "*" || (of_kms && (resource.empty() || resource.starts_with('*')))) {
      anything = any_key = any_alias = true;
    } else if (of_kms && resource.starts_with("alias")) {
      any_alias = true;
    } else if (of_kms && (resource.starts_with("key") || has_wildcard(resource.substr(0, 4)))) {
      any_key = true;
    } else if (is_key_policy()) {
      warn("foreign-resource", place_.line_of_text({"Resource"}, text),
           fmt::format("{} is never the ARN of a KMS key; in a key policy write \"*\"", text));
    }
  }
  if (statement_.not_action || anything) return;
  const auto wants = [this](KmsResource resource) {
    return std::all_of(covered_.begin(), covered_.end(),
                       [resource](const KmsPermission* one) { return one->resource == resource; });
  };
  const std::size_t line = place_.line_of_member({"Resource"});
  if (any_alias && !any_key && wants(KmsResource::kKey)) {
    warn("alias-as-resource", line,
         "operations on keys are decided on the key's ARN, also when a request names an alias; name keys, or use a "
         "condition on kms:RequestAlias or kms:ResourceAliases");
  }
  if (wants(KmsResource::kNone)) {
    warn("resource-must-be-any", line,
         fmt::format("kms:{} is not decided on a key or alias; it needs the Resource \"*\"", covered_.front()->name));
  }
}

bool fits(Family family, ConditionType type) {
  switch (family) {
    case Family::kString:
    case Family::kStringIgnoringCase:
    case Family::kStringLike:
      // AWS's own examples compare ARNs as strings.
      return type == ConditionType::kString || type == ConditionType::kArn;
    case Family::kArn:
      return type == ConditionType::kArn;
    case Family::kNumeric:
      return type == ConditionType::kNumeric || type == ConditionType::kDate;
    case Family::kDate:
      return type == ConditionType::kDate;
    case Family::kBool:
      return type == ConditionType::kBool;
    case Family::kIpAddress:
      return type == ConditionType::kIp;
    case Family::kBinary:
      return false;
    case Family::kNull:
      break;
  }
  return true;
}

std::string_view operators_of(ConditionType type) {
  switch (type) {
    case ConditionType::kString:
      return "String operators";
    case ConditionType::kBool:
      return "Bool";
    case ConditionType::kNumeric:
      return "Numeric operators";
    case ConditionType::kDate:
      return "Date operators";
    case ConditionType::kArn:
      return "Arn operators";
    case ConditionType::kIp:
      break;
  }
  return "IpAddress and NotIpAddress";
}

void StatementLinter::look_at_type(const Condition& condition, const ConditionKeyInfo& key, std::size_t line) {
  if (fits(condition.operation().family, key.type)) return;
  warn("operator-type", line,
       fmt::format("{} does not fit {}, which is for {}", condition.operator_name(), condition.key_name(),
                   operators_of(key.type)));
}

void StatementLinter::look_at_set(const Condition& condition, const ConditionKeyInfo& key, std::size_t line) {
  const ConditionOperator& operation = condition.operation();
  if (operation.family == Family::kNull) return;
  if (key.multi_valued && operation.set == SetOperator::kNone) {
    warn("multi-valued-key", line,
         fmt::format("{} has several values: {} needs ForAnyValue: or ForAllValues:; as it is the statement {}",
                     condition.key_name(), condition.operator_name(),
                     is_allow() ? "allows no request that has the key" : "denies every request that has the key"));
  }
  if (!key.multi_valued && operation.set != SetOperator::kNone) {
    warn("set-operator-on-single-value", line,
         fmt::format("{} has one value; {} treats requests without it otherwise than the plain operator does",
                     condition.key_name(), condition.operator_name()));
  }
  if (!key.multi_valued || operation.set != SetOperator::kForAllValues || !is_allow()) return;
  const bool must_be_there =
      std::any_of(statement_.conditions.begin(), statement_.conditions.end(), [&condition](const Condition& other) {
        return other.key().name() == condition.key().name() && other.operation().family == Family::kNull &&
               policy::to_lower_case(other.texts().front()) == "false";
      });
  if (must_be_there) return;
  warn("for-all-values-without-null", line,
       fmt::format("ForAllValues is true for a request without {}; add \"Null\": {{\"{}\": \"false\"}}",
                   condition.key_name(), condition.key_name()));
}

// What a condition does to requests that never have its key.
void StatementLinter::look_at_presence(const Condition& condition, const ConditionKeyInfo& key, std::size_t line) {
  const ConditionOperator& operation = condition.operation();
  if (operation.if_exists || operation.family == Family::kNull || covered_.empty()) return;
  if (is_key_policy() && condition.key().name() == "kms:resourcealiases") {
    return warn("condition-key-never-present", line, "kms:ResourceAliases has a value in identity policies only");
  }
  const bool holds =
      operation.set == SetOperator::kForAllValues || (operation.negated && operation.set == SetOperator::kNone);
  const std::string_view effect = holds ? "the condition always holds" : "the statement never applies";
  const auto lacks = [&key](const KmsPermission* permission) { return !carries(*permission, key); };
  if (std::all_of(covered_.begin(), covered_.end(), lacks)) {
    return warn("condition-key-never-present", line,
                fmt::format("no request for these actions has {}: {}", condition.key_name(), effect));
  }
  if (statement_.not_action) return;
  // What a wildcard brings along was hardly meant; what is named was.
  for (const KmsPermission* permission : covered_) {
    const std::string lower = policy::to_lower_case(fmt::format("kms:{}", permission->name));
    const bool named = std::any_of(statement_.actions.begin(), statement_.actions.end(),
                                   [&lower](const auto& pattern) { return pattern.text() == lower; });
    if (!named || !lacks(permission)) continue;
    warn("condition-key-never-present", line,
         fmt::format("no request for kms:{} has {}: for it {}", permission->name, condition.key_name(), effect));
  }
}

void StatementLinter::look_at_condition(const Condition& condition) {
  const std::size_t line = place_.line_of_condition(condition.operator_name(), condition.key_name());
  const std::string& name = condition.key().name();
  const ConditionKeyInfo* key = find_condition_key(condition.key());
  if (key == nullptr) {
    const bool of_aws = name.starts_with("kms:") || name.starts_with("aws:");
    if (of_aws || is_key_policy()) {
      warn("unknown-condition-key", line,
           fmt::format("{} is {}", condition.key_name(),
                       of_aws ? "no condition key of AWS" : "not a condition key of AWS KMS: no request has it"));
    }
    return;
  }
  look_at_type(condition, *key, line);
  look_at_set(condition, *key, line);
  if (document_.kind() != DocumentKind::kTrust) look_at_presence(condition, *key, line);
}

// Depth first; nullptr when no string of `value` is `wanted`, whatever the case of its letters.
const json::PlacedValue* find_text(std::string_view text, const json::PlacedValue& value, const std::string& wanted) {
  if (value.kind == json::PlacedValue::Kind::kOther) {
    std::string_view raw = text.substr(value.offset, value.end - value.offset);
    if (raw.size() < 2 || raw.front() != '"') return nullptr;
    return policy::to_lower_case(raw.substr(1, raw.size() - 2)) == wanted ? &value : nullptr;
  }
  for (const json::PlacedValue& child : value.children) {
    if (const json::PlacedValue* found = find_text(text, child, wanted)) return found;
  }
  return nullptr;
}

}  // namespace

const json::PlacedValue* StatementPlace::member(std::initializer_list<std::string_view> members) const {
  for (const std::string_view name : members) {
    if (const json::PlacedValue* found = place_.find(name)) return found;
  }
  return nullptr;
}

std::size_t StatementPlace::line_of_member(std::initializer_list<std::string_view> members) const {
  const json::PlacedValue* found = member(members);
  return found == nullptr ? line() : json::line_of(text_, found->name_offset);
}

std::size_t StatementPlace::line_of_text(std::initializer_list<std::string_view> members,
                                         std::string_view wanted) const {
  const json::PlacedValue* inside = member(members);
  if (inside == nullptr) return line();
  const json::PlacedValue* found = find_text(text_, *inside, policy::to_lower_case(wanted));
  return json::line_of(text_, found == nullptr ? inside->name_offset : found->offset);
}

std::size_t StatementPlace::line_of_condition(std::string_view operator_name, std::string_view key) const {
  const json::PlacedValue* block = place_.find("Condition");
  const json::PlacedValue* operation = block == nullptr ? nullptr : block->find(operator_name);
  const json::PlacedValue* found = operation == nullptr ? nullptr : operation->find(key);
  return found == nullptr ? line_of_member({"Condition"}) : json::line_of(text_, found->name_offset);
}

void lint_statement(const policy::Document& document, const policy::Statement& statement, const StatementPlace& place,
                    std::vector<Finding>& findings) {
  StatementLinter(document, statement, place, findings).run();
}

}  // namespace claviger::cli
