// Policy documents from a stranger, of each kind: refusals have one of two codes, an accepted document decides the same
// twice and as its trace says, never lets a principal through that it does not mention, and is shown as it was put.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/check.h"
#include "policy/bindings.h"
#include "policy/decision.h"
#include "policy/document.h"

namespace {

using namespace claviger;

const AccountId& owner() {
  static const AccountId account = AccountId::parse("111122223333").value();
  return account;
}

// Everybody there is has the id that their name hashes to.
class Everybody final : public policy::PrincipalDirectory {
 public:
  bool account_exists(const AccountId&) const override { return true; }
  bool principal_exists(std::string_view) const override { return true; }
  std::optional<std::string> unique_id(std::string_view arn) const override { return "AIDA" + std::string(arn); }
  std::optional<std::string> arn_of(std::string_view id) const override { return std::string(id.substr(4)); }
};

class Nobody final : public policy::PrincipalDirectory {
 public:
  bool account_exists(const AccountId&) const override { return true; }
  bool principal_exists(std::string_view) const override { return true; }
  std::optional<std::string> unique_id(std::string_view) const override { return std::nullopt; }
  std::optional<std::string> arn_of(std::string_view) const override { return std::nullopt; }
};

bool has_allow(const policy::Document& document) {
  for (const auto& statement : document.statements()) {
    if (statement.effect == policy::Effect::kAllow) return true;
  }
  return false;
}

void check_decision(const policy::Document& document, std::string_view text) {
  policy::MapContext context;
  context.set("aws:username", "anna");
  context.set("kms:EncryptionContext:a", "1");
  context.set_many("aws:TagKeys", {"a", "b"});
  const policy::Principal root{
      .kind = policy::PrincipalKind::kRoot, .account = owner(), .arn = "arn:aws:iam::111122223333:root"};
  const policy::Question question{
      root, "kms:Encrypt", "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab", &context};
  const policy::Policies policies{.owner = owner(), .resource_policy = &document};
  policy::Trace trace;
  const policy::Decision first = policy::decide_on_key(question, policies);
  const policy::Decision second = policy::decide_on_key(question, policies, &trace);
  CLAVIGER_CHECK(first.verdict == second.verdict && first.reason == second.reason &&
                 first.statement == second.statement);
  if (first.reason == policy::Reason::kNotDecidable) return;
  CLAVIGER_CHECK(!first.allowed() || has_allow(document));
  // Neither everyone nor this account stands in it, escaped or not.
  CLAVIGER_CHECK(!first.allowed() || text.find('*') != std::string_view::npos ||
                 text.find("111122223333") != std::string_view::npos || text.find('\\') != std::string_view::npos);
  if (!trace.complete) return;
  bool denied = false;
  for (const auto& statement : trace.statements) {
    denied = denied || (statement.applies && statement.effect == policy::Effect::kDeny);
  }
  CLAVIGER_CHECK(denied == (first.verdict == policy::Verdict::kExplicitDeny));
}

void check_shown_text(const policy::Document& document) {
  const auto bindings = policy::bind_principals(document, Everybody());
  CLAVIGER_CHECK(bindings);
  const auto bound = policy::Document::parse(document.kind(), document.text(), *bindings);
  CLAVIGER_CHECK(bound && policy::shown_text(*bound, Everybody()) == document.text());
  // With ids for names the text is still JSON, though no policy any more.
  const std::string shown = policy::shown_text(*bound, Nobody());
  const auto again = policy::Document::parse(document.kind(), shown);
  CLAVIGER_CHECK(bindings->empty() ? again.has_value() : !again.has_value());
  CLAVIGER_CHECK(again || again.error().message() != "This policy contains invalid Json");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const auto kind :
       {policy::DocumentKind::kKeyPolicy, policy::DocumentKind::kIdentity, policy::DocumentKind::kTrust}) {
    const auto document = policy::Document::parse(kind, text);
    if (!document) {
      CLAVIGER_CHECK(document.error().code() == ErrorCode::kMalformedPolicyDocument ||
                     document.error().code() == ErrorCode::kLimitExceeded);
      continue;
    }
    CLAVIGER_CHECK(document->text() == text);
    if (kind == policy::DocumentKind::kKeyPolicy) check_decision(*document, text);
    check_shown_text(*document);
  }
  return 0;
}
