// A policy document, parsed once and then evaluated many times: its patterns are compiled, the values of its conditions
// are numbers, dates and addresses already.
//
// The grammar is that of IAM's JSON policies (IAM User Guide, "Grammar of the IAM JSON policy language"). Whatever is
// not understood refuses the document; nothing is stored that is not enforced.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/identifiers.h"
#include "base/result.h"
#include "policy/condition.h"
#include "policy/pattern.h"
#include "policy/principal.h"

namespace claviger::policy {

inline constexpr std::size_t kMaxKeyPolicyBytes = 32'768;
// Of any other document, with its white space. The quotas of IAM count without it and are checked by who stores the
// document: see quota_size().
inline constexpr std::size_t kMaxDocumentBytes = 131'072;

// What a document is attached to; each has its own required and prohibited elements.
enum class DocumentKind : std::uint8_t {
  kKeyPolicy,  // of a KMS key
  kIdentity,   // managed, inline, boundary and session policies: no Principal
  kTrust,      // of a role: who may assume it; no Resource
};

enum class Version : std::uint8_t { k2008_10_17, k2012_10_17 };  // NOLINT(readability-identifier-naming): dates

enum class Effect : std::uint8_t { kAllow, kDeny };

// A user or role that a stored policy names, and who that was when the policy was stored. Kept beside the policy's
// text, so that somebody who is later made with the same name is somebody else.
using Binding = PrincipalBinding;

// One entry of a Principal element.
struct PrincipalEntry {
  enum class Kind : std::uint8_t {
    kAnyone,     // "*"
    kAccount,    // twelve digits, or arn:<partition>:iam::<account>:root
    kPrincipal,  // the ARN of a user, role, assumed-role session or federated user
    kService,    // `<service>.amazonaws.com`
    kFederated,  // an identity provider; in trust policies
  };
  Kind kind = Kind::kAnyone;
  AccountId account = {};      // of kAccount and kPrincipal
  std::string text = {};       // as written
  std::string unique_id = {};  // of a user or role that is bound; then the ARN does not count any more
};

struct Statement {
  std::string sid;
  Effect effect = Effect::kDeny;
  bool not_principal = false;  // the list is NotPrincipal, NotAction, NotResource
  bool not_action = false;
  bool not_resource = false;
  bool any_resource = false;  // of a trust policy: it is about the role it is attached to
  bool has_resource_variables = false;
  std::vector<PrincipalEntry> principals;  // none in identity policies, else at least one
  // Without an Action or a Resource a statement of a key policy applies to nothing, as in AWS KMS.
  std::vector<ActionPattern> actions;
  std::vector<ArnPattern> resources;
  std::vector<Condition> conditions;  // all must hold
};

// Immutable; share it as shared_ptr<const Document> between threads.
class Document final {
 public:
  // kLimitExceeded above kMaxKeyPolicyBytes or kMaxDocumentBytes; kMalformedPolicyDocument, in AWS's words where they
  // are known, for characters outside U+0009, U+000A, U+000D, U+0020 to U+00FF, anything that is not strict JSON
  // (duplicate keys and more than 16 levels included), and anything outside the grammar. `bindings` are those that were
  // stored with the text.
  [[nodiscard]] static Result<Document> parse(DocumentKind kind, std::string_view json,
                                              std::vector<Binding> bindings = {});

  DocumentKind kind() const { return kind_; }
  Version version() const { return version_; }
  const std::vector<Statement>& statements() const { return statements_; }
  // The text it was parsed from, byte for byte.
  const std::string& text() const { return text_; }
  const std::vector<Binding>& bindings() const { return bindings_; }
  // Whether a decision may ask the request's Context: there are conditions or variables.
  bool uses_context() const;

 private:
  Document() = default;

  DocumentKind kind_ = DocumentKind::kKeyPolicy;
  Version version_ = Version::k2008_10_17;
  std::string text_;
  std::vector<Statement> statements_;
  std::vector<Binding> bindings_;
};

// The length of a policy as the quotas of IAM count it: characters without white space.
std::size_t quota_size(std::string_view json);

// kMalformedPolicyDocument when a principal named by the document does not exist. Bound ones are not looked at again.
[[nodiscard]] Status check_principals(const Document& document, const PrincipalDirectory& directory);

}  // namespace claviger::policy
