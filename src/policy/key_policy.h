// The rules about a key's policy as a whole: the default one, and what may be stored.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/identifiers.h"
#include "base/result.h"
#include "policy/decision.h"
#include "policy/document.h"

namespace claviger::policy {

// The policy of a key that was created without one: the account's root may do everything, and identity policies of the
// account are enabled. The text is exactly what AWS KMS answers to GetKeyPolicy.
std::string default_key_policy(std::string_view partition, const AccountId& account);

// Everything that CreateKey and PutKeyPolicy demand of a policy before it is stored, in AWS's order: size, characters,
// grammar, principals that exist, and (unless bypassed) that the caller does not lock itself out. The document has the
// bindings that are to be stored with it.
struct KeyPolicySubmission {
  std::string_view json;
  Principal submitter;
  std::string_view key_arn;
  AccountId owner;
  bool bypass_lockout_safety_check = false;
  const Context* context = nullptr;  // of the submitter's request; the conditions of the new policy are asked of it
  // What limits the submitter: its permissions boundary, and the policies of its session.
  const Document* boundary = nullptr;
  std::span<const std::shared_ptr<const Document>> session = {};
};

// Whether the submitter could replace the policy again were `document` the policy of the key: the ordinary decision on
// kms:PutKeyPolicy, with what limits the submitter and without any grant. kMalformedPolicyDocument when not. That the
// document leaves it to the identity policies of the submitter's account is enough; they are not asked.
[[nodiscard]] Status check_lockout(const Document& document, const KeyPolicySubmission& submission);

[[nodiscard]] Result<Document> accept_key_policy(const KeyPolicySubmission& submission,
                                                 const PrincipalDirectory& directory);

}  // namespace claviger::policy
