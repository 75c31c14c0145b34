#include "cli/decision_words.h"

namespace claviger::cli {

using policy::PolicyType;
using policy::Reason;

std::string_view name_of(policy::Verdict verdict) {
  switch (verdict) {
    case policy::Verdict::kAllow:
      return "allowed";
    case policy::Verdict::kExplicitDeny:
      return "explicitDeny";
    case policy::Verdict::kImplicitDeny:
      break;
  }
  return "implicitDeny";
}

namespace {

// Of the reasons that speak of a key policy; empty for the others.
std::string_view sentence_of_trust(Reason reason) {
  if (reason == Reason::kCallerNamed) return "the trust policy names the caller or everyone";
  if (reason == Reason::kSourceNamed) return "the trust policy names the role or user behind the caller's session";
  if (reason == Reason::kIdentityPolicy) {
    return "an identity policy allows it, and the trust policy leaves it to identity policies";
  }
  if (reason == Reason::kNoStatement) {
    return "no statement of the trust policy allows it, neither to the caller nor, by naming its account, to identity "
           "policies";
  }
  if (reason == Reason::kAccountDelegates) {
    return "the trust policy leaves it to the identity policies of the caller's account, and none allows it";
  }
  return {};
}

}  // namespace

std::string_view sentence_of(Reason reason, bool trust) {
  if (const std::string_view sentence = sentence_of_trust(reason); trust && !sentence.empty()) return sentence;
  switch (reason) {
    case Reason::kCallerNamed:
      return "the key policy names the caller or everyone";
    case Reason::kSourceNamed:
      return "the key policy names the role or user behind the caller's session";
    case Reason::kAccountNamed:
      return "the key policy names the account whose root the caller is";
    case Reason::kIdentityPolicy:
      return "an identity policy allows it, and the key policy, where there is a key, leaves it to identity policies";
    case Reason::kGrant:
      return "a grant allows it";
    case Reason::kRootIdentity:
      return "the root of an account may do everything that needs no key policy";
    case Reason::kDenyStatement:
      return "a Deny statement applies";
    case Reason::kNoStatement:
      return "no statement of the key policy allows it, neither to the caller nor, by naming its account, to identity "
             "policies: the delegation is missing";
    case Reason::kAccountDelegates:
      return "the key policy leaves it to the identity policies of the caller's account, and none allows it";
    case Reason::kNoIdentityPolicy:
      return "no identity policy allows it";
    case Reason::kNoBoundary:
      return "the permissions boundary does not allow it";
    case Reason::kNoSessionPolicy:
      return "the session policy does not allow it";
    case Reason::kNotCrossAccount:
      return "no principal of another account can use this operation, whatever the policies say";
    case Reason::kRootMayNotAssume:
      return "the root of an account cannot assume roles";
    case Reason::kNotDecidable:
      break;
  }
  return "the action or resource is no such text, or the policies cost more work than a decision may";
}

std::string_view sentence_of(server::Undecided why) {
  switch (why) {
    case server::Undecided::kNoSuchKey:
      return "nothing was decided: the key does not exist, which the caller is not told";
    case server::Undecided::kNoSuchAlias:
      return "nothing was decided: the alias does not exist, which the caller is not told";
    case server::Undecided::kNoSuchRole:
      return "nothing was decided: the role does not exist, which the caller is not told";
    case server::Undecided::kUnusableRole:
      return "nothing was decided: a policy of the role is missing or cannot be read, so that nobody may assume it";
    case server::Undecided::kSourceIdentityIsSet:
      return "nothing was decided: the caller's session has another source identity, which stays";
    case server::Undecided::kNotCrossAccount:
      break;
  }
  return "nothing was decided: no principal of another account can use this operation, whatever the policies say";
}

std::string_view name_of(PolicyType type) {
  switch (type) {
    case PolicyType::kKeyPolicy:
      return "key policy";
    case PolicyType::kTrustPolicy:
      return "trust policy";
    case PolicyType::kIdentity:
      return "identity policy";
    case PolicyType::kBoundary:
      return "permissions boundary";
    case PolicyType::kSession:
      return "session policy";
    case PolicyType::kNone:
      break;
  }
  return "policy";
}

std::string_view name_of(policy::ConditionResult result) {
  switch (result) {
    case policy::ConditionResult::kTrue:
      return "holds";
    case policy::ConditionResult::kFalse:
      return "does not hold";
    case policy::ConditionResult::kUnevaluable:
      break;
  }
  return "cannot be judged";
}

}  // namespace claviger::cli
