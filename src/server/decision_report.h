// What the audit record of a call keeps of the decisions about it, so that whoever runs the server can be told later
// why it was allowed or refused, by the policies as they were. Never for the caller. Format:
// docs/formats/audit-decisions.md.
//
// An allowed decision costs some tens of bytes: what it rests on. A refused one has all that was looked at, within
// audit::kMaxDecisionsBytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "iam/caller.h"
#include "policy/decision.h"

namespace claviger::server {

// Where an identity policy comes from, and how it is called.
struct ReportedPolicy {
  policy::PolicyType type = policy::PolicyType::kNone;
  std::uint32_t document = 0;  // of kIdentity and kSession: its place in the list
  std::string name;            // of a managed one its ARN; of a key policy empty
  std::string group;           // of the policy of a group that the caller is in
};

// Why there was nothing to decide, which the caller is not told: to it, it looks like a refusal.
enum class Undecided : std::uint8_t {
  kNoSuchKey,
  kNoSuchAlias,
  kNotCrossAccount,  // the operation does not work on what another account has
  kNoSuchRole,
  kUnusableRole,         // a policy of the role is missing or cannot be read
  kSourceIdentityIsSet,  // the caller's session has another source identity, which stays
};

struct DecisionReport {
  // Empty where the call as a whole says it: its own action, its only resource.
  std::string action;
  std::string resource;
  // Instead of everything below.
  std::optional<Undecided> undecided;
  policy::Verdict verdict = policy::Verdict::kImplicitDeny;
  policy::Reason reason = policy::Reason::kNotDecidable;
  bool across_accounts = false;
  // What the decision rests on; the statement from 0 on.
  policy::PolicyType policy = policy::PolicyType::kNone;
  std::uint32_t document = 0;
  std::optional<std::uint32_t> statement;
  std::string grant_id;
  // Of an allowed decision the one that it rests on, of a refused one all.
  std::vector<ReportedPolicy> policies;
  // Of a refused decision. Conditions are there where the rest of the statement fits.
  policy::Trace trace;
  // Whether the trace has the caller's grants; they are not asked where a Deny decides.
  bool grants_asked = false;

  bool allowed() const { return !undecided && verdict == policy::Verdict::kAllow; }
  // The policy of this type and place; nullptr when it is not listed.
  const ReportedPolicy* find(policy::PolicyType type, std::uint32_t of_document) const;
};

// What `decision` says, with nothing of what it looked at.
DecisionReport report_of(const policy::Decision& decision);
// A refused decision, whole. `caller` tells the names of its policies, `resource_policy` what kind
// `policies.resource_policy` is, if there is one.
DecisionReport report_refusal(const policy::Question& question, const policy::Policies& policies,
                              const policy::Decision& decision, const iam::Caller& caller, policy::Trace trace,
                              policy::PolicyType resource_policy = policy::PolicyType::kKeyPolicy);

// Collects the decisions about one call, as the text that its audit record keeps. Not thread-safe.
class DecisionLog final {
 public:
  // `action` and `resource` may be empty: see DecisionReport. What would make the log longer than
  // audit::kMaxDecisionsBytes is left out.
  void add_allowed(std::string_view action, std::string_view resource, const policy::Decision& decision,
                   const iam::Caller& caller);
  void add_refused(const DecisionReport& report);
  void add_undecided(std::string_view action, std::string_view resource, Undecided why);

  void clear() { text_.clear(); }
  // One JSON array on one line; empty when nothing was decided.
  const std::string& text() const { return text_; }

 private:
  // Around an entry, one JSON object; begin() returns how long the text was before it.
  std::size_t begin();
  void end(std::size_t before);
  std::string text_;
};

// What a DecisionLog wrote. kCorrupt for anything that none writes. Long values may be cut, and then, as where
// statements were left out for their size, trace.complete is false.
[[nodiscard]] Result<std::vector<DecisionReport>> parse_decisions(std::string_view text);

}  // namespace claviger::server
