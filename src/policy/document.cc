#include "policy/document.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>

#include "policy/malformed_document.h"
#include "policy/statement_parser.h"

namespace claviger::policy {
namespace {

using simdjson::dom::array;
using simdjson::dom::element;
using simdjson::dom::object;

constexpr std::size_t kMaxDepth = 16;

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

Result<std::vector<Statement>> parse_statements(const StatementParser& parser, element value) {
  std::vector<Statement> statements;
  if (array items; !value.get(items)) {
    for (const element item : items) {
      CLAVIGER_ASSIGN(statements.emplace_back(), parser.parse(item));
    }
  } else {
    CLAVIGER_ASSIGN(statements.emplace_back(), parser.parse(value));
  }
  if (statements.empty()) return parser.structural("Missing required field Statement cannot be empty!");
  return statements;
}

// Without one, the older: variables are characters then.
Result<Version> parse_version(object members) {
  element value;
  if (members["Version"].get(value)) return Version::k2008_10_17;
  std::string_view text;
  if (value.get(text)) text = {};
  if (text == "2012-10-17") return Version::k2012_10_17;
  if (text == "2008-10-17") return Version::k2008_10_17;
  return malformed_document("Policy document must be version 2012-10-17 or 2008-10-17.");
}

Result<std::vector<Statement>> parse_members(const StatementParser& parser, object members) {
  std::optional<std::vector<Statement>> statements;
  for (const auto& [name, value] : members) {
    if (name == "Version") continue;
    if (name == "Id") {
      if (!value.is_string()) return parser.structural("Id must be a string.");
    } else if (name == "Statement") {
      CLAVIGER_ASSIGN(statements, parse_statements(parser, value));
    } else {
      return parser.structural(fmt::format("Unknown field {}", name));
    }
  }
  if (!statements) return parser.structural("Missing required field Statement");
  return *std::move(statements);
}

Status check_sids(const std::vector<Statement>& statements) {
  std::vector<std::string_view> sids;
  for (const Statement& statement : statements) {
    if (!statement.sid.empty()) sids.push_back(statement.sid);
  }
  std::sort(sids.begin(), sids.end());
  if (std::adjacent_find(sids.begin(), sids.end()) == sids.end()) return {};
  return malformed_document("Statement IDs (SID) in a single policy must be unique.");
}

Status check_size(DocumentKind kind, std::string_view json) {
  const bool key_policy = kind == DocumentKind::kKeyPolicy;
  const std::size_t most = key_policy ? kMaxKeyPolicyBytes : kMaxDocumentBytes;
  if (json.size() <= most) return {};
  return fail(ErrorCode::kLimitExceeded, fmt::format("The {} is {} bytes long; at most {} are allowed.",
                                                     key_policy ? "key policy" : "policy", json.size(), most));
}

}  // namespace

Result<Document> Document::parse(DocumentKind kind, std::string_view json, std::vector<Binding> bindings) {
  CLAVIGER_TRY(check_size(kind, json));
  if (!has_allowed_characters(json)) return malformed_document("The policy contains characters that are not allowed.");
  const auto invalid = [kind](std::string_view message) {
    return malformed_document(std::string(kind == DocumentKind::kIdentity ? "Syntax errors in policy." : message));
  };
  simdjson::dom::parser parser;
  element root;
  if (parser.allocate(json.size() + 64, kMaxDepth) || parser.parse(json.data(), json.size(), true).get(root)) {
    return invalid("This policy contains invalid Json");
  }
  if (!has_unique_keys_everywhere(root)) return invalid("This policy contains a duplicate key");
  object members;
  if (root.get(members)) return invalid("The policy must be a JSON object.");
  Document document;
  document.kind_ = kind;
  document.bindings_ = std::move(bindings);
  CLAVIGER_ASSIGN(document.version_, parse_version(members));
  const StatementParser statement_parser(kind, document.version_, document.bindings_);
  CLAVIGER_ASSIGN(document.statements_, parse_members(statement_parser, members));
  if (kind == DocumentKind::kIdentity) CLAVIGER_TRY(check_sids(document.statements_));
  document.text_ = json;
  return document;
}

bool Document::uses_context() const {
  return std::any_of(statements_.begin(), statements_.end(), [](const Statement& statement) {
    return !statement.conditions.empty() || statement.has_resource_variables;
  });
}

std::size_t quota_size(std::string_view json) {
  return static_cast<std::size_t>(std::count_if(json.begin(), json.end(), [](char c) {
    const bool continues = (static_cast<std::uint8_t>(c) & 0xc0) == 0x80;
    return !continues && c != ' ' && c != '\t' && c != '\n' && c != '\r';
  }));
}

Status check_principals(const Document& document, const PrincipalDirectory& directory) {
  for (const Statement& statement : document.statements()) {
    for (const PrincipalEntry& entry : statement.principals) {
      const bool account = entry.kind == PrincipalEntry::Kind::kAccount;
      const bool principal = entry.kind == PrincipalEntry::Kind::kPrincipal && entry.unique_id.empty();
      const bool exists = (!account && !principal) || (directory.account_exists(entry.account) &&
                                                       (!principal || directory.principal_exists(entry.text)));
      if (!exists) return StatementParser::invalid_principal(document.kind(), "AWS", entry.text);
    }
  }
  return {};
}

}  // namespace claviger::policy
