// A policy document, parsed once and then evaluated many times without allocation.
//
// The grammar is that of IAM's JSON policies (IAM User Guide, "Grammar of the IAM JSON policy language"), for a policy
// attached to a KMS key. What the decision does not evaluate yet (Condition, NotPrincipal, NotAction, NotResource) is
// refused here, so that no stored policy says more than is enforced.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/identifiers.h"
#include "base/result.h"
#include "policy/pattern.h"
#include "policy/principal.h"

namespace claviger::policy {

inline constexpr std::size_t kMaxKeyPolicyBytes = 32'768;

// What a document is attached to; each has its own required and prohibited elements.
enum class DocumentKind : std::uint8_t {
  kKeyPolicy,  // of a KMS key
  kIdentity,   // managed, inline, boundary and session policies: no Principal
  kTrust,      // of a role: who may assume it; no Resource
};

enum class Effect : std::uint8_t { kAllow, kDeny };

// One entry of a Principal element.
struct PrincipalEntry {
  enum class Kind : std::uint8_t {
    kAnyone,     // "*"
    kAccount,    // twelve digits, or arn:<partition>:iam::<account>:root
    kPrincipal,  // the ARN of a user, role, assumed-role session or federated user
    kService,    // `<service>.amazonaws.com`; no caller is a service, so it matches nobody
  };
  Kind kind = Kind::kAnyone;
  AccountId account;  // of kAccount and kPrincipal
  std::string text;   // as written
};

struct Statement {
  std::string sid;
  Effect effect = Effect::kDeny;
  std::vector<PrincipalEntry> principals;  // at least one
  // Without an Action or a Resource a statement applies to nothing, as in AWS KMS.
  std::vector<ActionPattern> actions;
  std::vector<ArnPattern> resources;
};

// Immutable; share it as shared_ptr<const Document> between threads.
class Document final {
 public:
  // kLimitExceeded above kMaxKeyPolicyBytes; kMalformedPolicyDocument for characters outside U+0009, U+000A, U+000D,
  // U+0020 to U+00FF, anything that is not strict JSON (duplicate keys and more than 16 levels included), and anything
  // outside the grammar; kUnsupportedOperation for the elements that are not evaluated yet.
  [[nodiscard]] static Result<Document> parse(DocumentKind kind, std::string_view json);
  [[nodiscard]] static Result<Document> parse(std::string_view json) { return parse(DocumentKind::kKeyPolicy, json); }

  const std::vector<Statement>& statements() const { return statements_; }
  // The text it was parsed from, byte for byte: what GetKeyPolicy answers.
  const std::string& text() const { return text_; }

 private:
  Document(std::string text, std::vector<Statement> statements)
      : text_(std::move(text)), statements_(std::move(statements)) {}

  std::string text_;
  std::vector<Statement> statements_;
};

// kMalformedPolicyDocument when a principal named by the document does not exist.
[[nodiscard]] Status check_principals(const Document& document, const PrincipalDirectory& directory);

}  // namespace claviger::policy
