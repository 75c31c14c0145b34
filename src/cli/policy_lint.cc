#include "cli/policy_lint.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "base/json_places.h"
#include "cli/statement_lint.h"
#include "policy/key_policy.h"

namespace claviger::cli {
namespace {

using policy::Document;
using policy::DocumentKind;
using policy::PrincipalEntry;
using policy::Statement;

class Linter final {
 public:
  explicit Linter(const LintRequest& request) : request_(request), places_(json::place_json(request.text)) {}

  std::vector<Finding> run() {
    const auto document = Document::parse(request_.kind, request_.text);
    if (!document) {
      refuse(document.error());
    } else {
      look_at(*document);
    }
    std::stable_sort(findings_.begin(), findings_.end(),
                     [](const Finding& a, const Finding& b) { return a.line < b.line; });
    return std::move(findings_);
  }

 private:
  void refuse(const Error& whole);
  void look_at(const Document& document);
  void look_for_lockout(const Document& document);
  void look_for_principals(const Document& document);
  // The places of the statements, in their order.
  std::vector<const json::PlacedValue*> statement_places() const;
  std::size_t line(std::size_t offset) const { return json::line_of(request_.text, offset); }
  void error(std::string_view code, std::size_t at, std::string message) {
    findings_.push_back({Finding::Severity::kError, code, at, std::move(message)});
  }

  const LintRequest& request_;
  const std::expected<json::PlacedValue, std::size_t> places_;
  std::vector<Finding> findings_;
};

std::vector<const json::PlacedValue*> Linter::statement_places() const {
  std::vector<const json::PlacedValue*> result;
  const json::PlacedValue* statements = places_ ? places_->find("Statement") : nullptr;
  if (statements == nullptr) return result;
  if (statements->kind != json::PlacedValue::Kind::kArray) return {statements};
  for (const json::PlacedValue& child : statements->children) result.push_back(&child);
  return result;
}

// Why the document is refused, in AWS's words, and where: at the statements that are refused alone too, or else at the
// whole.
void Linter::refuse(const Error& whole) {
  if (!places_) return error("malformed", line(places_.error()), whole.message());
  std::string start = "{";
  if (const json::PlacedValue* version = places_->find("Version")) {
    const std::string_view text = request_.text.substr(version->offset, version->end - version->offset);
    if (text != "\"2012-10-17\"" && text != "\"2008-10-17\"") {
      return error("malformed", line(version->offset), whole.message());
    }
    start += fmt::format("\"Version\":{},", text);
  }
  bool found = false;
  for (const json::PlacedValue* place : statement_places()) {
    const std::string_view text = request_.text.substr(place->offset, place->end - place->offset);
    const auto alone = Document::parse(request_.kind, fmt::format("{}\"Statement\":{}}}", start, text));
    if (alone) continue;
    found = true;
    error("malformed", line(place->offset), alone.error().message());
  }
  if (!found) error("malformed", line(places_->offset), whole.message());
}

// The account that the document is about, as far as it can be known.
std::optional<AccountId> account_of(const LintRequest& request, const Document& document) {
  if (request.account) return request.account;
  std::set<AccountId> named;
  for (const Statement& statement : document.statements()) {
    for (const PrincipalEntry& entry : statement.principals) {
      if (entry.kind == PrincipalEntry::Kind::kAccount || entry.kind == PrincipalEntry::Kind::kPrincipal) {
        named.insert(entry.account);
      }
    }
  }
  if (named.size() == 1) return *named.begin();
  return std::nullopt;
}

// Who an entry of the account is when it asks, as far as its ARN tells.
policy::Principal principal_of(const PrincipalEntry& entry) {
  const auto arn = split_arn(entry.text);
  policy::Principal principal{.kind = policy::PrincipalKind::kUser, .account = entry.account, .arn = entry.text};
  if (!arn || !arn->resource.starts_with("role/")) return principal;
  principal.kind = policy::PrincipalKind::kAssumedRole;
  principal.role_arn = entry.text;
  principal.arn = {};
  return principal;
}

void Linter::look_for_lockout(const Document& document) {
  const auto account = account_of(request_, document);
  if (!account) return;
  const std::string root_arn = account_root_arn("aws", *account);
  const std::string key =
      fmt::format("arn:aws:kms:us-east-1:{}:key/00000000-0000-4000-8000-000000000000", account->view());
  const auto may_change = [&](const policy::Principal& principal) {
    return policy::check_lockout(document, {.json = {}, .submitter = principal, .key_arn = key, .owner = *account})
        .has_value();
  };
  if (may_change({.kind = policy::PrincipalKind::kRoot, .account = *account, .arn = root_arn})) return;
  for (const Statement& statement : document.statements()) {
    for (const PrincipalEntry& entry : statement.principals) {
      const bool of_account = entry.kind == PrincipalEntry::Kind::kPrincipal && entry.account == *account;
      if (!of_account || !may_change(principal_of(entry))) continue;
      findings_.push_back(
          {Finding::Severity::kWarning, "account-cannot-change-policy", line(places_->offset),
           fmt::format("the root of account {} cannot change this policy, only {} can: once it is deleted "
                       "nobody can",
                       account->view(), entry.text)});
      return;
    }
  }
  error("lockout", line(places_->offset),
        fmt::format(
            "no principal of account {} could change this policy again (kms:PutKeyPolicy); unless "
            "BypassPolicyLockoutSafetyCheck is set it is refused: The new key policy will not allow you to update "
            "the key policy in the future.",
            account->view()));
}

void Linter::look_for_principals(const Document& document) {
  if (request_.principals == nullptr) return;
  const auto places = statement_places();
  for (std::size_t i = 0; i < document.statements().size(); ++i) {
    const Statement& statement = document.statements()[i];
    const StatementPlace place(request_.text, *places[i]);
    for (const PrincipalEntry& entry : statement.principals) {
      const bool principal = entry.kind == PrincipalEntry::Kind::kPrincipal;
      if (!principal && entry.kind != PrincipalEntry::Kind::kAccount) continue;
      const bool exists = request_.principals->account_exists(entry.account) &&
                          (!principal || request_.principals->principal_exists(entry.text));
      if (exists) continue;
      error("principal-missing", place.line_of_text({"Principal", "NotPrincipal"}, entry.text),
            fmt::format("{} does not exist", entry.text));
    }
  }
}

void Linter::look_at(const Document& document) {
  const auto places = statement_places();
  for (std::size_t i = 0; i < document.statements().size(); ++i) {
    lint_statement(document, document.statements()[i], StatementPlace(request_.text, *places[i]), findings_);
  }
  if (request_.kind == DocumentKind::kKeyPolicy) look_for_lockout(document);
  look_for_principals(document);
}

}  // namespace

std::vector<Finding> lint_policy(const LintRequest& request) { return Linter(request).run(); }

}  // namespace claviger::cli
