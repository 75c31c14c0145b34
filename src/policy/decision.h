// The decision whether a principal may do something to a key, and what a refused caller is told.
//
// The order is AWS's (IAM User Guide, "Policy evaluation logic"; KMS Developer Guide, "Troubleshooting key access"): an
// explicit Deny anywhere; then an Allow by the key policy for the caller itself, for the role or user behind its
// session, or for its account, which delegates to identity policies; then grants. Permissions boundary and session
// policies limit identity policies and what is given to the role or user behind a session; they do not limit what names
// the caller itself.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "policy/context.h"
#include "policy/document.h"
#include "policy/principal.h"
#include "policy/trace.h"

namespace claviger::policy {

// One question. The views live as long as the call.
struct Question {
  Principal principal;
  std::string_view action;           // `kms:Encrypt`
  std::string_view resource;         // the ARN of what is acted on, or `*` for an operation without one
  const Context* context = nullptr;  // without one, the request has no condition keys
};

// How a grant's grantee principal means the caller; the closer the greater.
enum class Grantee : std::uint8_t {
  kAccount,  // the root of its account: whom identity policies allow it
  kSource,   // the role of its session, or the user behind a federated user
  kCaller,   // the caller itself
};
struct GrantUse {
  Grantee grantee = Grantee::kCaller;
  std::string_view grant_id = {};
};

// The grants of the key that is acted on. Asked once, and only when nothing denies and no policy allows.
class GrantSource {
 public:
  virtual ~GrantSource() = default;
  // The grant that allows the caller `action` on this key with this request; of several, one whose grantee is closest.
  virtual std::optional<GrantUse> find(std::string_view action) const = 0;
  // Appends each grant of the key with its outcome, for a trace; at most some thousand.
  virtual void explain(std::string_view action, std::vector<TracedGrant>& out) const = 0;
};

// All that is asked. Everything is borrowed for the call.
struct Policies {
  AccountId owner;                            // of the key, role or other resource
  const Document* resource_policy = nullptr;  // the key policy or trust policy
  // Of the caller: inline, attached and its groups'. None for a root.
  std::span<const std::shared_ptr<const Document>> identity = {};
  const Document* boundary = nullptr;
  // Of the caller's session, inline and managed ones; none limits nothing, except that a federated user without any
  // has no permissions of its user.
  std::span<const std::shared_ptr<const Document>> session = {};
  // Whether a principal of another account can use this operation at all.
  bool usable_across_accounts = true;
  // The operation needs a grant (RetireGrant): policies can deny it and not allow it.
  bool only_by_grant = false;
  const GrantSource* grants = nullptr;
};

enum class Verdict : std::uint8_t { kAllow, kExplicitDeny, kImplicitDeny };

// What the verdict rests on.
enum class Reason : std::uint8_t {
  // Allowed.
  kCallerNamed,     // the resource policy names the caller itself, or everyone
  kSourceNamed,     // it names the role or user behind the caller's session
  kAccountNamed,    // it names the caller's account, whose root this is
  kIdentityPolicy,  // an identity policy allows it; for a key, because the key policy names the account
  kGrant,           // a grant
  kRootIdentity,    // an operation without a resource policy, by the root of the account
  // Refused.
  kDenyStatement,     // a Deny statement applies
  kNoStatement,       // no Allow statement of the resource policy applies, and no grant
  kAccountDelegates,  // the resource policy or a grant leaves it to identity policies, and none allows it
  kNoIdentityPolicy,  // there is no resource policy, and no identity policy allows it
  kNoBoundary,        // the permissions boundary does not allow it
  kNoSessionPolicy,   // no session policy allows it
  kNotCrossAccount,   // an operation that no principal of another account may use, whatever the policy says
  kRootMayNotAssume,  // the root of an account cannot assume roles
  kNotDecidable,      // the question or the policies are beyond what is decided: see kDecisionSteps
};

struct Decision {
  Verdict verdict = Verdict::kImplicitDeny;
  Reason reason = Reason::kNoStatement;
  PolicyType policy = PolicyType::kNone;        // in which the statement stands
  std::uint32_t document = 0;                   // of kIdentity and kSession: its place in the list
  std::optional<std::uint32_t> statement = {};  // its place in Document::statements()
  bool across_accounts = false;                 // the caller is of another account than the resource
  std::string_view grant_id = {};               // of kGrant: as the GrantSource gave it

  bool allowed() const { return verdict == Verdict::kAllow; }
};

// The work that one decision may cost, in steps of about a nanosecond. Only documents and requests that were made for
// it reach this; they are refused.
inline constexpr std::uint32_t kDecisionSteps = 300'000;

// An operation on a key. Takes no lock; allocates nothing unless a variable is to be put in. `trace`, where there is
// one, is appended to; the decision is made first and does not depend on it.
Decision decide_on_key(const Question& question, const Policies& policies, Trace* trace = nullptr);

// An operation without a resource policy (CreateKey, ListKeys, IAM's own), or the alias's side of an alias operation,
// in the account `policies.owner`: identity policies decide alone.
Decision decide_without_key(const Question& question, const Policies& policies, Trace* trace = nullptr);

// Whether the caller may assume the role whose trust policy is `policies.resource_policy`. In the role's own account
// the trust policy naming the caller is enough, and naming the account leaves it to identity policies; from another
// account both sides must allow. Services and web identities need the trust policy only.
Decision decide_trust(const Question& question, const Policies& policies, Trace* trace = nullptr);

// kAccessDenied with AWS's text. `decision` is not an Allow.
Error access_denied(const Question& question, const Decision& decision);

}  // namespace claviger::policy
