// The decision whether a principal may do something to a key, and what a refused caller is told.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "policy/document.h"
#include "policy/principal.h"

namespace claviger::policy {

// One question. The views live as long as the call.
struct Question {
  Principal principal;
  std::string_view action;    // `kms:Encrypt`
  std::string_view resource;  // the ARN of the key, or `*` for an operation without one
};

enum class Verdict : std::uint8_t { kAllow, kExplicitDeny, kImplicitDeny };

// What the verdict rests on.
enum class Reason : std::uint8_t {
  kDenyStatement,     // a Deny statement of the key policy applies
  kCallerNamed,       // an Allow statement names the caller, or everyone
  kAccountNamed,      // an Allow statement names the caller's account; that covers its root
  kAccountDelegates,  // the same for another principal: its identity policies would have to allow, and there are none
  kNoStatement,       // no Allow statement of the key policy applies
  kRootIdentity,      // an operation without a key, by the root of its own account
  kNoIdentityPolicy,  // an operation without a key, by somebody whom no identity policy allows it
  kNotCrossAccount,   // an operation that no principal of another account may use, whatever the policy says
};

struct Decision {
  Verdict verdict = Verdict::kImplicitDeny;
  Reason reason = Reason::kNoStatement;
  std::optional<std::uint32_t> statement;  // the one that decided: its place in Document::statements()

  bool allowed() const { return verdict == Verdict::kAllow; }
};

// An operation on a key. Deny statements come first, then those that name the caller, then those that name the
// account. Takes no lock, allocates nothing.
struct KeyContext {
  AccountId owner;                     // of the key
  bool usable_across_accounts = true;  // whether a principal of another account can use this operation at all
};
Decision decide_on_key(const Document& key_policy, const Question& question, const KeyContext& key);

// An operation without a key (CreateKey, ListKeys, ListAliases, GenerateRandom), or the alias's side of an alias
// operation, in the account `owner`: identity policies decide alone.
Decision decide_without_key(const Question& question, const AccountId& owner);

// kAccessDenied with AWS's text. `decision` is not an Allow.
Error access_denied(const Question& question, const Decision& decision);

}  // namespace claviger::policy
