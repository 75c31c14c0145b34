#include "iam/web_identity.h"

#include <fmt/format.h>

#include <algorithm>

#include "iam/jwt.h"
#include "iam/secret_gate.h"
#include "iam/sts_session.h"

namespace claviger::iam {
namespace {

constexpr std::string_view kAssumeRoleWithWebIdentity = "sts:AssumeRoleWithWebIdentity";
constexpr std::string_view kScheme = "https://";

WallTime from_seconds(std::int64_t seconds) { return from_millis(seconds * 1000); }

Result<const Provider*> provider_of_issuer(const Snapshot& snapshot, const AccountId& account,
                                           std::string_view issuer) {
  const Provider* provider = nullptr;
  if (issuer.starts_with(kScheme)) provider = snapshot.provider(account, issuer.substr(kScheme.size()));
  if (provider == nullptr)
    return invalid_token("No OpenIDConnect provider found in your account for the issuer of the token");
  return provider;
}

Status check_times(const WebIdentityToken& token, WallTime now) {
  if (from_seconds(token.expires) <= now) {
    return fail(ErrorCode::kExpiredIdentityToken,
                fmt::format("Token expired: current date/time {} must be before the expiration date/time {}",
                            format_iso8601(now), format_iso8601(from_seconds(token.expires))));
  }
  const WallTime latest = now + kWebIdentityClockSkew;
  if (from_seconds(token.issued_at) > latest || (token.not_before && from_seconds(*token.not_before) > latest)) {
    return invalid_token("The token is not valid yet");
  }
  return {};
}

// The audience that the token is for: the party it was issued to where it names one, else its only audience.
Result<std::string> audience_of(const WebIdentityToken& token, const ProviderRecord& provider) {
  if (token.authorized_party.empty() && token.audiences.size() != 1) {
    return invalid_token("The token has several audiences and no authorized party");
  }
  const std::string& audience = token.authorized_party.empty() ? token.audiences.front() : token.authorized_party;
  const auto& known = provider.client_ids;
  if (std::find(known.begin(), known.end(), audience) == known.end()) return invalid_token("Incorrect token audience");
  return audience;
}

void set_claims(const WebIdentity& identity, TrustContext& trust) {
  trust.set(identity.provider_url + ":aud", identity.audience);
  trust.set(identity.provider_url + ":sub", identity.subject);
  if (!identity.amr.empty()) trust.set_many(identity.provider_url + ":amr", identity.amr);
}

}  // namespace

Result<Caller> identify_web_identity(const Snapshot& snapshot, std::string_view partition, WallTime now,
                                     std::string_view role_arn, const SecretBytes& text) {
  CLAVIGER_ASSIGN(const AccountId account, role_account(role_arn));
  CLAVIGER_ASSIGN(WebIdentityToken token, parse_web_identity_token(as_text(text.expose(SecretGate::access()))));
  CLAVIGER_ASSIGN(const Provider* provider, provider_of_issuer(snapshot, account, token.issuer));
  if (provider->keys == nullptr) {
    return invalid_token(
        "Couldn't retrieve verification key from your identity provider: no key set has been put for it");
  }
  if (!provider->keys->verify(token.algorithm, token.key_id, as_bytes(token.signed_text),
                              token.signature.expose(SecretGate::access()))) {
    return invalid_token("The token's signature is not one of its issuer's");
  }
  CLAVIGER_TRY(check_times(token, now));
  CLAVIGER_ASSIGN(std::string audience, audience_of(token, provider->record));

  auto identity = std::make_shared<WebIdentity>();
  identity->provider = provider->record.arn(partition);
  identity->provider_url = provider->record.url;
  identity->audience = std::move(audience);
  identity->subject = token.subject;
  identity->amr = std::move(token.amr);
  identity->tags = std::move(token.tags);
  identity->transitive_tag_keys = std::move(token.transitive_tag_keys);
  identity->source_identity = std::move(token.source_identity);
  Caller caller;
  caller.kind = policy::PrincipalKind::kWebIdentity;
  caller.account = account;
  caller.principal_id = fmt::format("{}:{}:{}", identity->provider, identity->audience, identity->subject);
  caller.user_name = identity->subject;
  caller.web_identity = std::move(identity);
  return caller;
}

Result<IssuedSession> assume_role_with_web_identity(const StsContext& context, const Caller& caller,
                                                    const AssumeRoleWish& wish) {
  CLAVIGER_TRY(check_wish(wish));
  const Error denied(ErrorCode::kAccessDenied, fmt::format("Not authorized to perform {}", kAssumeRoleWithWebIdentity));
  if (caller.web_identity == nullptr) return fail(denied);
  const WebIdentity& identity = *caller.web_identity;
  const Role* role = context.snapshot.role_by_arn(wish.role_arn);
  // The provider was looked for in the account that the ARN names.
  if (role == nullptr || !role->identity->usable || role->record.account != caller.account) {
    const bool unusable = role != nullptr && !role->identity->usable;
    context.tell_refused(kAssumeRoleWithWebIdentity, wish.role_arn,
                         unusable ? TrustRefusal::kUnusableRole : TrustRefusal::kNoSuchRole);
    return fail(denied);
  }

  SessionWish session = wish.session;
  session.tags = identity.tags;
  session.transitive_tag_keys = identity.transitive_tag_keys;
  session.source_identity = identity.source_identity;
  TrustContext trust(context.request);
  trust.set("sts:RoleSessionName", wish.session_name);
  trust.set("sts:SourceIdentity", session.source_identity);
  trust.set("aws:FederatedProvider", identity.provider);
  trust.set_role(role->record.account, role->record.tags);
  trust.set_tags(session.tags, session.transitive_tag_keys);
  set_claims(identity, trust);
  policy::Policies policies{.owner = role->record.account};
  policies.resource_policy = role->trust.get();
  const bool tagged = !session.tags.empty();
  const auto permissions = trust_permissions(kAssumeRoleWithWebIdentity, session, tagged);
  if (!check_trust(context, permissions, caller, policies, wish.role_arn, trust)) return fail(denied);
  CLAVIGER_ASSIGN(PlannedSession planned, plan_role_session(context, *role, wish.session_name, session, false, {}));
  planned.claims.federated_provider = identity.provider;
  planned.claims.web_identity_audience = identity.audience;
  planned.claims.web_identity_subject = identity.subject;
  return issue(context, std::move(planned), role);
}

}  // namespace claviger::iam
