#include "policy/document.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>

#include "policy/principal_entry.h"

namespace claviger::policy {
namespace {

using simdjson::dom::array;
using simdjson::dom::element;
using simdjson::dom::object;

constexpr std::size_t kMaxDepth = 16;

std::unexpected<Error> malformed(std::string message) {
  return fail(ErrorCode::kMalformedPolicyDocument, std::move(message));
}

// U+0009, U+000A, U+000D and U+0020 to U+00FF in UTF-8: the latter's second half is led by C2 and C3.
bool has_allowed_characters(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<std::uint8_t>(text[i]);
    if (byte < 0x80) {
      if (byte < 0x20 && byte != 0x09 && byte != 0x0a && byte != 0x0d) return false;
      continue;
    }
    if (byte != 0xc2 && byte != 0xc3) return false;
    ++i;
    if (i == text.size() || (static_cast<std::uint8_t>(text[i]) & 0xc0) != 0x80) return false;
  }
  return true;
}

bool has_unique_keys(object members) {
  std::vector<std::string_view> keys;
  for (const auto& member : members) keys.push_back(member.key);
  std::sort(keys.begin(), keys.end());
  return std::adjacent_find(keys.begin(), keys.end()) == keys.end();
}

// The recursion ends: the parser refused anything deeper than kMaxDepth.
bool has_unique_keys_everywhere(element value) {
  if (object members; !value.get(members)) {
    if (!has_unique_keys(members)) return false;
    return std::all_of(members.begin(), members.end(),
                       [](const auto& member) { return has_unique_keys_everywhere(member.value); });
  }
  if (array items; !value.get(items)) {
    return std::all_of(items.begin(), items.end(), [](element item) { return has_unique_keys_everywhere(item); });
  }
  return true;
}

// A string, or an array of strings; each goes through `take`.
template <class Take>
Status for_each_string(element value, std::string_view name, Take take) {
  if (std::string_view text; !value.get(text)) return take(text);
  array items;
  if (value.get(items)) return malformed(fmt::format("{} must be a string or an array of strings.", name));
  if (items.begin() == items.end()) return malformed(fmt::format("{} must not be empty.", name));
  for (const element item : items) {
    std::string_view text;
    if (item.get(text)) return malformed(fmt::format("{} must be a string or an array of strings.", name));
    CLAVIGER_TRY(take(text));
  }
  return {};
}

std::unexpected<Error> invalid_principal() {
  return malformed("Policy contains a statement with one or more invalid principals.");
}

Status parse_principals(element value, Statement& statement) {
  const auto add = [&statement](std::optional<PrincipalEntry> entry) -> Status {
    if (!entry) return invalid_principal();
    statement.principals.push_back(*std::move(entry));
    return {};
  };
  if (std::string_view text; !value.get(text)) {
    return text == "*" ? add(parse_aws_principal(text)) : invalid_principal();
  }
  object kinds;
  if (value.get(kinds)) return malformed("Principal must be \"*\" or an object.");
  if (kinds.begin() == kinds.end()) return malformed("Missing required field Principal cannot be empty!");
  for (const auto& [kind, names] : kinds) {
    if (kind == "AWS") {
      CLAVIGER_TRY(
          for_each_string(names, "Principal", [&](std::string_view text) { return add(parse_aws_principal(text)); }));
    } else if (kind == "Service") {
      CLAVIGER_TRY(for_each_string(names, "Principal",
                                   [&](std::string_view text) { return add(parse_service_principal(text)); }));
    } else {
      return invalid_principal();
    }
  }
  return {};
}

Status parse_actions(element value, Statement& statement) {
  return for_each_string(value, "Action", [&](std::string_view text) -> Status {
    auto pattern = ActionPattern::parse(text);
    if (!pattern) {
      return malformed("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.");
    }
    statement.actions.push_back(*std::move(pattern));
    return {};
  });
}

Status parse_resources(element value, Statement& statement) {
  return for_each_string(value, "Resource", [&](std::string_view text) -> Status {
    auto pattern = ArnPattern::parse(text);
    if (!pattern) return malformed(fmt::format("Resource {} must be in ARN format or \"*\".", text));
    statement.resources.push_back(*std::move(pattern));
    return {};
  });
}

Status parse_effect(element value, Statement& statement) {
  std::string_view text;
  if (value.get(text)) return malformed("Effect must be a string.");
  if (text != "Allow" && text != "Deny") return malformed(fmt::format("Invalid effect: {}", text));
  statement.effect = text == "Allow" ? Effect::kAllow : Effect::kDeny;
  return {};
}

Status parse_member(std::string_view name, element value, Statement& statement) {
  if (name == "Effect") return parse_effect(value, statement);
  if (name == "Principal") return parse_principals(value, statement);
  if (name == "Action") return parse_actions(value, statement);
  if (name == "Resource") return parse_resources(value, statement);
  if (name == "Sid") {
    std::string_view text;
    if (value.get(text)) return malformed("Sid must be a string.");
    statement.sid = text;
    return {};
  }
  if (name == "Condition" || name == "NotPrincipal" || name == "NotAction" || name == "NotResource") {
    return fail(ErrorCode::kUnsupportedOperation,
                fmt::format("The policy element {} is not supported yet: a policy is only stored when all of it is "
                            "enforced.",
                            name));
  }
  return malformed(fmt::format("Unknown field {}", name));
}

Result<Statement> parse_statement(DocumentKind kind, element value) {
  object members;
  if (value.get(members)) return malformed("Statement must be an object or an array of objects.");
  Statement statement;
  bool has_effect = false, has_principal = false;
  for (const auto& [name, member] : members) {
    has_effect = has_effect || name == "Effect";
    has_principal = has_principal || name == "Principal";
    CLAVIGER_TRY(parse_member(name, member, statement));
  }
  if (!has_effect) return malformed("Missing required field Effect");
  if (kind == DocumentKind::kIdentity) {
    if (has_principal) return malformed("Policy document should not specify a principal.");
    if (statement.actions.empty()) return malformed("Policy statement must contain actions.");
    if (statement.resources.empty()) return malformed("Policy statement must contain resources.");
    return statement;
  }
  if (!has_principal) return malformed("Missing required field Principal");
  if (kind == DocumentKind::kTrust) {
    if (statement.actions.empty()) return malformed("Missing required field Action");
    if (!statement.resources.empty()) return malformed("Has prohibited field Resource");
  }
  return statement;
}

Result<std::vector<Statement>> parse_statements(DocumentKind kind, element value) {
  std::vector<Statement> statements;
  if (array items; !value.get(items)) {
    for (const element item : items) {
      CLAVIGER_ASSIGN(statements.emplace_back(), parse_statement(kind, item));
    }
  } else {
    CLAVIGER_ASSIGN(statements.emplace_back(), parse_statement(kind, value));
  }
  if (statements.empty()) return malformed("Missing required field Statement cannot be empty!");
  return statements;
}

Status check_version(element value) {
  std::string_view text;
  if (value.get(text) || (text != "2012-10-17" && text != "2008-10-17")) {
    return malformed("Policy document must be version 2012-10-17 or 2008-10-17.");
  }
  return {};
}

Result<std::vector<Statement>> parse_document(DocumentKind kind, element root) {
  object members;
  if (root.get(members)) return malformed("The policy must be a JSON object.");
  std::optional<std::vector<Statement>> statements;
  for (const auto& [name, value] : members) {
    if (name == "Version") {
      CLAVIGER_TRY(check_version(value));
    } else if (name == "Id") {
      if (!value.is_string()) return malformed("Id must be a string.");
    } else if (name == "Statement") {
      CLAVIGER_ASSIGN(statements, parse_statements(kind, value));
    } else {
      return malformed(fmt::format("Unknown field {}", name));
    }
  }
  if (!statements) return malformed("Missing required field Statement");
  return *std::move(statements);
}

}  // namespace

Result<Document> Document::parse(DocumentKind kind, std::string_view json) {
  if (json.size() > kMaxKeyPolicyBytes) {
    return fail(ErrorCode::kLimitExceeded, fmt::format("The key policy is {} bytes long; at most {} are allowed.",
                                                       json.size(), kMaxKeyPolicyBytes));
  }
  if (!has_allowed_characters(json)) return malformed("The policy contains characters that are not allowed.");
  simdjson::dom::parser parser;
  element root;
  if (parser.allocate(kMaxKeyPolicyBytes, kMaxDepth) || parser.parse(json.data(), json.size(), true).get(root)) {
    return malformed("This policy contains invalid Json");
  }
  if (!has_unique_keys_everywhere(root)) return malformed("This policy contains a duplicate key");
  CLAVIGER_ASSIGN(std::vector<Statement> statements, parse_document(kind, root));
  return Document(std::string(json), std::move(statements));
}

Status check_principals(const Document& document, const PrincipalDirectory& directory) {
  for (const Statement& statement : document.statements()) {
    for (const PrincipalEntry& entry : statement.principals) {
      const bool account = entry.kind == PrincipalEntry::Kind::kAccount;
      const bool principal = entry.kind == PrincipalEntry::Kind::kPrincipal;
      if ((account || principal) && !directory.account_exists(entry.account)) return invalid_principal();
      if (principal && !directory.principal_exists(entry.text)) return invalid_principal();
    }
  }
  return {};
}

}  // namespace claviger::policy
