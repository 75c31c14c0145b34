#include "policy/decision.h"

#include <fmt/format.h>

#include <algorithm>

namespace claviger::policy {
namespace {

// How closely a statement's Principal element means a caller.
enum class Closeness : std::uint8_t { kNot, kAccount, kCaller };

Closeness closeness(const PrincipalEntry& entry, const Principal& principal) {
  switch (entry.kind) {
    case PrincipalEntry::Kind::kAnyone:
      return Closeness::kCaller;
    case PrincipalEntry::Kind::kAccount:
      return entry.account == principal.account ? Closeness::kAccount : Closeness::kNot;
    case PrincipalEntry::Kind::kPrincipal:
      return entry.text == principal.arn || (!principal.role_arn.empty() && entry.text == principal.role_arn)
                 ? Closeness::kCaller
                 : Closeness::kNot;
    case PrincipalEntry::Kind::kService:
      return Closeness::kNot;
  }
  return Closeness::kNot;
}

Closeness closeness(const Statement& statement, const Question& question) {
  const auto action = [&](const ActionPattern& pattern) { return pattern.matches(question.action); };
  const auto resource = [&](const ArnPattern& pattern) { return pattern.matches(question.resource); };
  Closeness closest = Closeness::kNot;
  for (const PrincipalEntry& entry : statement.principals) {
    closest = std::max(closest, closeness(entry, question.principal));
  }
  if (closest == Closeness::kNot) return closest;
  if (std::none_of(statement.actions.begin(), statement.actions.end(), action)) return Closeness::kNot;
  if (std::none_of(statement.resources.begin(), statement.resources.end(), resource)) return Closeness::kNot;
  return closest;
}

}  // namespace

Decision decide_on_key(const Document& key_policy, const Question& question, const KeyContext& key) {
  std::optional<std::uint32_t> named, account;
  for (std::uint32_t i = 0; i < key_policy.statements().size(); ++i) {
    const Statement& statement = key_policy.statements()[i];
    const Closeness closest = closeness(statement, question);
    if (closest == Closeness::kNot) continue;
    // A Deny that names the account denies everybody in it.
    if (statement.effect == Effect::kDeny) return {Verdict::kExplicitDeny, Reason::kDenyStatement, i};
    if (closest == Closeness::kCaller && !named) named = i;
    if (closest == Closeness::kAccount && !account) account = i;
  }
  const bool foreign = question.principal.account != key.owner;
  if (foreign && !key.usable_across_accounts) return {Verdict::kImplicitDeny, Reason::kNotCrossAccount, std::nullopt};
  const bool is_root = question.principal.kind == PrincipalKind::kRoot;
  // A caller from another account needs its own account's permission too; only its root has that by itself.
  if (named && (!foreign || is_root)) return {Verdict::kAllow, Reason::kCallerNamed, named};
  if (account && is_root) return {Verdict::kAllow, Reason::kAccountNamed, account};
  if (account || named) return {Verdict::kImplicitDeny, Reason::kAccountDelegates, account ? account : named};
  return {Verdict::kImplicitDeny, Reason::kNoStatement, std::nullopt};
}

Decision decide_without_key(const Question& question, const AccountId& owner) {
  if (question.principal.kind == PrincipalKind::kRoot && question.principal.account == owner) {
    return {Verdict::kAllow, Reason::kRootIdentity, std::nullopt};
  }
  return {Verdict::kImplicitDeny, Reason::kNoIdentityPolicy, std::nullopt};
}

Error access_denied(const Question& question, const Decision& decision) {
  std::string message = fmt::format("User: {} is not authorized to perform: {} on resource: {} ",
                                    question.principal.arn, question.action, question.resource);
  switch (decision.reason) {
    case Reason::kDenyStatement:
      message += "with an explicit deny in a resource-based policy";
      break;
    case Reason::kAccountDelegates:
    case Reason::kNoIdentityPolicy:
      message += fmt::format("because no identity-based policy allows the {} action", question.action);
      break;
    case Reason::kNotCrossAccount:
      message +=
          "because the resource does not exist in this Region, no resource-based policies allow access, or a "
          "resource-based policy explicitly denies access";
      break;
    case Reason::kCallerNamed:
    case Reason::kAccountNamed:
    case Reason::kRootIdentity:
    case Reason::kNoStatement:
      message += fmt::format("because no resource-based policy allows the {} action", question.action);
      break;
  }
  return Error(ErrorCode::kAccessDenied, std::move(message));
}

}  // namespace claviger::policy
