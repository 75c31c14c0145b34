#include "iam/sts_rules.h"

#include <fmt/format.h>

#include <algorithm>

#include "iam/names.h"
#include "iam/sts_session.h"
#include "iam/tag_rules.h"
#include "iam/text.h"

namespace claviger::iam {
namespace {

constexpr std::string_view kAssumeRole = "sts:AssumeRole";
constexpr std::string_view kSetSourceIdentity = "sts:SetSourceIdentity";
constexpr std::size_t kMinExternalIdBytes = 2;
constexpr std::size_t kMaxExternalIdBytes = 1224;

bool is_external_id(std::string_view text) {
  return text.size() >= kMinExternalIdBytes && text.size() <= kMaxExternalIdBytes &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  std::string_view("_+=,.@:/-").find(c) != std::string_view::npos;
         });
}

Result<std::chrono::seconds> role_duration(const Role& role, const SessionWish& wish, bool chained) {
  const std::chrono::seconds longest{role.record.max_session_seconds};
  const std::chrono::seconds duration = wish.duration.value_or(kDefaultRoleSession);
  if (duration < kMinSession) {
    return fail(Error::validation(fmt::format("The DurationSeconds must be at least {}.", kMinSession.count())));
  }
  if (duration > longest) {
    return fail(Error::validation("The requested DurationSeconds exceeds the MaxSessionDuration set for this role."));
  }
  if (chained && duration > kMaxChainedSession) {
    return fail(Error::validation(
        "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining"));
  }
  return duration;
}

// The session policies: the inline one into the claims as it is, managed ones by their ids.
Status plan_policies(const StsContext& context, const AccountId& account, const SessionWish& wish,
                     SessionClaims& claims) {
  if (wish.policy_arns.size() > kMaxSessionPolicyArns) {
    return fail(Error::validation(fmt::format("A session has at most {} managed policies.", kMaxSessionPolicyArns)));
  }
  if (!wish.policy.empty()) {
    if (count_characters(wish.policy) > kMaxSessionPolicyCharacters) {
      return fail(ErrorCode::kPackedPolicyTooLarge,
                  fmt::format("The session policy is longer than {} characters.", kMaxSessionPolicyCharacters));
    }
    CLAVIGER_TRY(policy::Document::parse(policy::DocumentKind::kIdentity, wish.policy));
    claims.policy = wish.policy;
  }
  for (const std::string& arn : wish.policy_arns) {
    const ManagedPolicy* policy = context.snapshot.policy_by_arn(arn);
    if (policy == nullptr || policy->record.account != account) {
      return fail(Error::validation(fmt::format("The policy {} does not exist in the role's account.", arn)));
    }
    claims.policies.push_back(policy->record.id);
  }
  return {};
}

Status plan_tags(const SessionWish& wish, const std::vector<Tag>& inherited, SessionClaims& claims) {
  if (const Status tags = check_new_tags(wish.tags, kMaxSessionTags); !tags) {
    // STS has no names of its own for what IAM says of tags.
    return fail(Error::validation(tags.error().message()));
  }
  const auto has_key = [](const std::vector<Tag>& tags, std::string_view key) {
    return std::any_of(tags.begin(), tags.end(), [&](const Tag& tag) { return same_name(tag.key, key); });
  };
  for (const Tag& tag : wish.tags) {
    if (has_key(inherited, tag.key)) {
      return fail(Error::validation(
          "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from "
          "the calling session."));
    }
  }
  if (inherited.size() + wish.tags.size() > kMaxSessionTags) {
    return fail(ErrorCode::kPackedPolicyTooLarge, "The session has too many tags, inherited ones included.");
  }
  claims.tags = inherited;
  for (const Tag& tag : inherited) claims.transitive_tag_keys.push_back(tag.key);
  claims.tags.insert(claims.tags.end(), wish.tags.begin(), wish.tags.end());
  for (const std::string& key : wish.transitive_tag_keys) {
    if (!has_key(wish.tags, key)) {
      return fail(Error::validation("The specified transitive tag key must be included in the requested tags."));
    }
    claims.transitive_tag_keys.push_back(key);
  }
  return {};
}

// What policies and tags take in the token.
Result<std::optional<int>> packed_size(const SessionClaims& claims) {
  std::size_t bytes = claims.policy.size() + claims.policies.size() * 21;
  for (const Tag& tag : claims.tags) bytes += tag.key.size() + tag.value.size() + 4;
  for (const std::string& key : claims.transitive_tag_keys) bytes += key.size() + 2;
  if (bytes == 0) return std::optional<int>();
  const std::size_t percent = (bytes * 100 + kMaxPackedBytes - 1) / kMaxPackedBytes;
  if (percent > 100) {
    return fail(ErrorCode::kPackedPolicyTooLarge,
                fmt::format("Packed size of session tags and policies consumes {}% of allotted space.", percent));
  }
  return std::optional<int>(static_cast<int>(percent));
}

// What a role session hands on to the next one.
std::vector<Tag> transitive_tags(const SessionDetails& session) {
  std::vector<Tag> tags;
  for (const Tag& tag : session.tags) {
    const auto& keys = session.transitive_tag_keys;
    if (std::any_of(keys.begin(), keys.end(), [&](const std::string& key) { return same_name(key, tag.key); })) {
      tags.push_back(tag);
    }
  }
  return tags;
}

// The same for a role that is not there as for one that may not be assumed: nobody learns which roles exist.
Error assume_denied(const Caller& caller, std::string_view action, std::string_view role_arn) {
  return Error(ErrorCode::kAccessDenied, fmt::format("User: {} is not authorized to perform: {} on resource: {}",
                                                     caller.principal_arn, action, role_arn));
}

// Whatever the role and its policies are.
Error root_denied(const StsContext& context, const Caller& caller, const AccountId& owner, std::string_view role_arn) {
  const policy::Question question{caller.principal(), kAssumeRole, role_arn};
  const policy::Policies policies{.owner = owner};
  const policy::Decision decision = policy::decide_trust(question, policies);
  if (context.listener != nullptr) context.listener->trust_decided(question, policies, decision);
  return policy::access_denied(question, decision);
}

bool is_of_user(const Caller& caller) {
  return caller.session != nullptr &&
         (caller.kind == policy::PrincipalKind::kUser || caller.kind == policy::PrincipalKind::kRoot);
}

}  // namespace

Result<AccountId> role_account(std::string_view role_arn) {
  const auto arn = parse_entity_arn(role_arn);
  if (!arn || arn->kind != EntityKind::kRole) return fail(Error::validation("Request ARN is invalid"));
  return arn->account;
}

Status check_session_reach(const Caller& caller, std::string_view permission) {
  constexpr std::string_view kPrefix = "sts:";
  if (!is_of_user(caller) || !permission.starts_with(kPrefix)) return {};
  if (permission == "sts:AssumeRole" || permission == "sts:GetCallerIdentity") return {};
  return fail(ErrorCode::kAccessDenied,
              fmt::format("Cannot call {} with session credentials", permission.substr(kPrefix.size())));
}

Status check_wish(const AssumeRoleWish& wish) {
  if (!is_session_name(wish.session_name)) {
    return fail(Error::validation("A role session's name has 2 to 64 characters out of [A-Za-z0-9_+=,.@-]."));
  }
  if (!wish.external_id.empty() && !is_external_id(wish.external_id)) {
    return fail(Error::validation("An external ID has 2 to 1224 characters out of [A-Za-z0-9_+=,.@:/-]."));
  }
  const std::string& source = wish.session.source_identity;
  if (!source.empty() && !is_source_identity(source)) {
    return fail(Error::validation("A source identity has 2 to 64 characters out of [A-Za-z0-9_+=,.@-]."));
  }
  return {};
}

std::vector<std::string_view> trust_permissions(std::string_view action, const SessionWish& wish, bool tagged) {
  std::vector<std::string_view> permissions = {action};
  if (tagged) permissions.push_back("sts:TagSession");
  if (!wish.source_identity.empty()) permissions.push_back(kSetSourceIdentity);
  return permissions;
}

Status check_trust(const StsContext& context, const std::vector<std::string_view>& permissions, const Caller& caller,
                   const policy::Policies& policies, std::string_view role_arn, const TrustContext& trust) {
  const policy::Principal principal = caller.principal();
  for (const std::string_view permission : permissions) {
    const policy::Question question{principal, permission, role_arn, &trust};
    const policy::Decision decision = policy::decide_trust(question, policies);
    if (context.listener != nullptr) context.listener->trust_decided(question, policies, decision);
    if (!decision.allowed()) return fail(assume_denied(caller, permission, role_arn));
  }
  return {};
}

Result<PlannedSession> plan_role_session(const StsContext& context, const Role& role, std::string_view session_name,
                                         const SessionWish& wish, bool chained, const std::vector<Tag>& inherited) {
  PlannedSession planned;
  SessionClaims& claims = planned.claims;
  CLAVIGER_ASSIGN(const std::chrono::seconds duration, role_duration(role, wish, chained));
  claims.kind = SessionKind::kRole;
  claims.account = role.record.account;
  claims.principal = role.record.id;
  claims.name = session_name;
  claims.issued = context.now;
  claims.expires = context.now + duration;
  claims.source_identity = wish.source_identity;
  CLAVIGER_TRY(plan_policies(context, role.record.account, wish, claims));
  CLAVIGER_TRY(plan_tags(wish, inherited, claims));
  CLAVIGER_ASSIGN(planned.packed_policy_size, packed_size(claims));
  return planned;
}

IssuedSession issue(const StsContext& context, PlannedSession planned, const Role* role) {
  SessionClaims& claims = planned.claims;
  claims.access_key_id = make_session_key_id(context.random);
  IssuedSession issued{.access_key_id = claims.access_key_id,
                       .secret = make_secret_access_key(context.random),
                       .expires = claims.expires,
                       .packed_policy_size = planned.packed_policy_size,
                       .source_identity = claims.source_identity};
  issued.token = context.tokens.seal(claims, issued.secret);
  if (role != nullptr) {
    issued.arn = assumed_role_arn(context.partition, role->record.account, role->record.name, claims.name);
    issued.assumed_role_id = std::string(role->record.id.view()).append(":").append(claims.name);
  }
  return issued;
}

Result<IssuedSession> assume_role(const StsContext& context, const Caller& caller, const AssumeRoleWish& wish) {
  CLAVIGER_TRY(check_wish(wish));
  CLAVIGER_ASSIGN(const AccountId account, role_account(wish.role_arn));
  if (caller.kind == policy::PrincipalKind::kRoot) return fail(root_denied(context, caller, account, wish.role_arn));
  const Role* role = context.snapshot.role_by_arn(wish.role_arn);
  if (role == nullptr || !role->identity->usable) {
    context.tell_refused(kAssumeRole, wish.role_arn,
                         role == nullptr ? TrustRefusal::kNoSuchRole : TrustRefusal::kUnusableRole);
    return fail(assume_denied(caller, kAssumeRole, wish.role_arn));
  }

  SessionWish session = wish.session;
  std::vector<Tag> inherited;
  const bool chained = caller.session != nullptr && caller.kind == policy::PrincipalKind::kAssumedRole;
  if (chained) {
    inherited = transitive_tags(*caller.session);
    const std::string& source = caller.session->source_identity;
    // Once set it stays through all that follows.
    if (!source.empty() && !session.source_identity.empty() && session.source_identity != source) {
      context.tell_refused(kSetSourceIdentity, wish.role_arn, TrustRefusal::kSourceIdentityIsSet);
      return fail(assume_denied(caller, kSetSourceIdentity, wish.role_arn));
    }
    if (session.source_identity.empty()) session.source_identity = source;
  }

  TrustContext trust(context.request);
  trust.set("sts:RoleSessionName", wish.session_name);
  trust.set("sts:ExternalId", wish.external_id);
  trust.set("sts:SourceIdentity", session.source_identity);
  trust.set_role(role->record.account, role->record.tags);
  trust.set_tags(session.tags, session.transitive_tag_keys);
  policy::Policies policies = caller.policies(role->record.account);
  policies.resource_policy = role->trust.get();
  const bool tagged = !session.tags.empty() || !inherited.empty();
  CLAVIGER_TRY(
      check_trust(context, trust_permissions(kAssumeRole, session, tagged), caller, policies, wish.role_arn, trust));
  CLAVIGER_ASSIGN(PlannedSession planned,
                  plan_role_session(context, *role, wish.session_name, session, chained, inherited));
  return issue(context, std::move(planned), role);
}

Result<IssuedSession> get_session_token(const StsContext& context, const Caller& caller,
                                        std::optional<std::chrono::seconds> duration) {
  const bool is_root = caller.kind == policy::PrincipalKind::kRoot;
  if (caller.session != nullptr || (!is_root && caller.kind != policy::PrincipalKind::kUser)) {
    return fail(ErrorCode::kAccessDenied, "Cannot call GetSessionToken with session credentials");
  }
  std::chrono::seconds lifetime = duration.value_or(is_root ? kMaxRootSession : kDefaultUserSession);
  if (lifetime < kMinSession || lifetime > kMaxUserSession) {
    return fail(Error::validation(
        fmt::format("The DurationSeconds must be between {} and {}.", kMinSession.count(), kMaxUserSession.count())));
  }
  // As AWS does, rather than refuse.
  if (is_root) lifetime = std::min(lifetime, kMaxRootSession);
  PlannedSession planned;
  SessionClaims& claims = planned.claims;
  claims.kind = is_root ? SessionKind::kRoot : SessionKind::kUser;
  claims.account = caller.account;
  if (caller.identity != nullptr) claims.principal = caller.identity->id;
  claims.parent_access_key = caller.access_key_id;
  claims.issued = context.now;
  claims.expires = context.now + lifetime;
  return issue(context, std::move(planned), nullptr);
}

}  // namespace claviger::iam
