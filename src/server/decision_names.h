// The words that the format of recorded decisions has for enumerators: docs/formats/audit-decisions.md. Internal to the
// decision report; never changed.
#pragma once

#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include "policy/decision.h"
#include "server/decision_report.h"

namespace claviger::server::decision_names {

template <class E, std::size_t N>
using Table = std::array<std::pair<E, std::string_view>, N>;

inline constexpr Table<policy::Reason, 15> kReasons{{
    {policy::Reason::kCallerNamed, "CallerNamed"},
    {policy::Reason::kSourceNamed, "SourceNamed"},
    {policy::Reason::kAccountNamed, "AccountNamed"},
    {policy::Reason::kIdentityPolicy, "IdentityPolicy"},
    {policy::Reason::kGrant, "Grant"},
    {policy::Reason::kRootIdentity, "RootIdentity"},
    {policy::Reason::kDenyStatement, "DenyStatement"},
    {policy::Reason::kNoStatement, "NoStatement"},
    {policy::Reason::kAccountDelegates, "AccountDelegates"},
    {policy::Reason::kNoIdentityPolicy, "NoIdentityPolicy"},
    {policy::Reason::kNoBoundary, "NoBoundary"},
    {policy::Reason::kNoSessionPolicy, "NoSessionPolicy"},
    {policy::Reason::kNotCrossAccount, "NotCrossAccount"},
    {policy::Reason::kRootMayNotAssume, "RootMayNotAssume"},
    {policy::Reason::kNotDecidable, "NotDecidable"},
}};
inline constexpr Table<Undecided, 6> kUndecided{{
    {Undecided::kNoSuchKey, "NoSuchKey"},
    {Undecided::kNoSuchAlias, "NoSuchAlias"},
    {Undecided::kNotCrossAccount, "NotCrossAccount"},
    {Undecided::kNoSuchRole, "NoSuchRole"},
    {Undecided::kUnusableRole, "UnusableRole"},
    {Undecided::kSourceIdentityIsSet, "SourceIdentityIsSet"},
}};
inline constexpr Table<policy::PolicyType, 6> kTypes{{
    {policy::PolicyType::kNone, "none"},
    {policy::PolicyType::kKeyPolicy, "key"},
    {policy::PolicyType::kTrustPolicy, "trust"},
    {policy::PolicyType::kIdentity, "identity"},
    {policy::PolicyType::kBoundary, "boundary"},
    {policy::PolicyType::kSession, "session"},
}};
inline constexpr Table<policy::Closeness, 4> kClosenesses{{
    {policy::Closeness::kNot, "other"},
    {policy::Closeness::kAccount, "account"},
    {policy::Closeness::kSource, "source"},
    {policy::Closeness::kCaller, "caller"},
}};
inline constexpr Table<policy::ConditionResult, 3> kResults{{
    {policy::ConditionResult::kFalse, "false"},
    {policy::ConditionResult::kTrue, "true"},
    {policy::ConditionResult::kUnevaluable, "unevaluable"},
}};
inline constexpr Table<policy::GrantOutcome, 5> kOutcomes{{
    {policy::GrantOutcome::kAllows, "allows"},
    {policy::GrantOutcome::kOtherGrantee, "otherGrantee"},
    {policy::GrantOutcome::kOtherOperation, "otherOperation"},
    {policy::GrantOutcome::kConstraint, "constraint"},
    {policy::GrantOutcome::kWider, "wider"},
}};
inline constexpr Table<policy::Effect, 2> kEffects{{
    {policy::Effect::kAllow, "Allow"},
    {policy::Effect::kDeny, "Deny"},
}};

// The tables have every enumerator.
template <class E, std::size_t N>
constexpr std::string_view name_of(const Table<E, N>& table, E value) {
  for (const auto& [each, name] : table) {
    if (each == value) return name;
  }
  return {};
}
template <class E, std::size_t N>
constexpr std::optional<E> value_of(const Table<E, N>& table, std::string_view name) {
  for (const auto& [each, known] : table) {
    if (known == name) return each;
  }
  return std::nullopt;
}

}  // namespace claviger::server::decision_names
