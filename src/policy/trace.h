// What a decision looked at, statement by statement: for simulation, for explaining a refusal to whoever runs the
// server, and never for the caller.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "policy/condition.h"
#include "policy/document.h"

namespace claviger::policy {

// How closely a statement's Principal element means a caller; the closer the greater.
enum class Closeness : std::uint8_t {
  kNot,
  kAccount,  // the caller's account
  kSource,   // the role of the caller's session, or the user behind a federated user
  kCaller,   // the caller itself, or everyone
};

// Which policy a statement stands in.
enum class PolicyType : std::uint8_t { kNone, kKeyPolicy, kTrustPolicy, kIdentity, kBoundary, kSession };

struct TracedCondition {
  std::string operator_name;
  std::string key;
  std::vector<std::string> policy_values;   // as written
  std::vector<std::string> request_values;  // none when the request does not have the key
  bool multi_valued = false;                // by its nature
  ConditionResult result = ConditionResult::kFalse;
};

struct TracedStatement {
  PolicyType policy = PolicyType::kNone;
  std::uint32_t document = 0;   // its place in the list of identity or session policies
  std::uint32_t statement = 0;  // its place in Document::statements()
  std::string sid;
  Effect effect = Effect::kDeny;
  Closeness principal = Closeness::kNot;  // kCaller where a document has no Principal
  bool action = false;
  bool resource = false;
  std::vector<TracedCondition> conditions;
  // All of the above let it; a Deny also where a condition is kUnevaluable.
  bool applies = false;
};

enum class GrantOutcome : std::uint8_t {
  kAllows,
  kOtherGrantee,    // it is made out to somebody else
  kOtherOperation,  // it does not have the operation
  kConstraint,      // the encryption context is not as it demands
  kWider,           // the grant that is to be made would allow more than this one
};

struct TracedGrant {
  std::string grant_id;
  GrantOutcome outcome = GrantOutcome::kOtherGrantee;
  std::string name = {};  // empty: none
  // Of kConstraint: `EncryptionContextEquals` or `EncryptionContextSubset`, its pairs and those of the request.
  std::string constraint = {};
  std::vector<std::pair<std::string, std::string>> demanded = {};
  std::vector<std::pair<std::string, std::string>> requested = {};
};

inline constexpr std::size_t kMaxTraceBytes = 1'048'576;

struct Trace {
  std::vector<TracedStatement> statements;  // every one of every document, in the order of the decision
  std::vector<TracedGrant> grants;          // where they were asked
  // False when something was left out, here (values beyond max_bytes, what follows max_work) or by the decision
  // (Reason::kNotDecidable). The decision itself never depends on the trace.
  bool complete = true;
  // Set by whoever asks: the bound on work, in decisions' worth, and on values.
  std::uint32_t max_work = 8;
  std::size_t max_bytes = kMaxTraceBytes;
};

}  // namespace claviger::policy
