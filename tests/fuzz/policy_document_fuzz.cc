// Policy documents from a stranger: parsing is stable, refusals have one of three codes, and an accepted document
// decides the same twice and never lets a principal through that it does not mention.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "policy/decision.h"
#include "policy/document.h"

namespace {

bool known_refusal(claviger::ErrorCode code) {
  return code == claviger::ErrorCode::kMalformedPolicyDocument || code == claviger::ErrorCode::kLimitExceeded ||
         code == claviger::ErrorCode::kUnsupportedOperation;
}

bool has_allow(const claviger::policy::Document& document) {
  for (const auto& statement : document.statements()) {
    if (statement.effect == claviger::policy::Effect::kAllow) return true;
  }
  return false;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace claviger;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto document = policy::Document::parse(policy::DocumentKind::kKeyPolicy, text);
  if (!document) {
    if (!known_refusal(document.error().code())) std::abort();
    return 0;
  }
  if (document->text() != text || !policy::Document::parse(policy::DocumentKind::kKeyPolicy, document->text()))
    std::abort();
  const AccountId owner = *AccountId::parse("111122223333");
  const policy::Principal root{policy::PrincipalKind::kRoot, owner, "arn:aws:iam::111122223333:root", {}};
  const policy::Question question{root, "kms:Encrypt",
                                  "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"};
  const policy::Decision first = policy::decide_on_key(question, {.owner = owner, .resource_policy = &*document});
  const policy::Decision second = policy::decide_on_key(question, {.owner = owner, .resource_policy = &*document});
  if (first.verdict != second.verdict || first.statement != second.statement) std::abort();
  if (first.allowed() && !has_allow(*document)) std::abort();
  if (first.allowed() && text.find('*') == std::string_view::npos &&
      text.find("111122223333") == std::string_view::npos && text.find('\\') == std::string_view::npos) {
    std::abort();  // neither everyone nor this account stands in it, escaped or not
  }
  return 0;
}
