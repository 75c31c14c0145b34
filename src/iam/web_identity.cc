#include "iam/web_identity.h"

#include <fmt/format.h>

#include <algorithm>

#include "iam/jwt.h"
#include "iam/names.h"
#include "iam/sts_session.h"

namespace claviger::iam {
namespace {

constexpr std::string_view kAction = "sts:AssumeRoleWithWebIdentity";
constexpr std::string_view kScheme = "https://";

std::unexpected<Error> invalid(std::string message) {
  return fail(ErrorCode::kInvalidIdentityToken, std::move(message));
}

WallTime from_seconds(std::int64_t seconds) { return from_millis(seconds * 1000); }

Result<const Provider*> find_provider(const Snapshot& snapshot, const AccountId& account, std::string_view issuer) {
  const Provider* provider = nullptr;
  if (issuer.starts_with(kScheme)) provider = snapshot.provider(account, issuer.substr(kScheme.size()));
  if (provider == nullptr)
    return invalid("No OpenIDConnect provider found in your account for the issuer of the token");
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
    return invalid("The token is not valid yet");
  }
  return {};
}

// The audience that the token is for: the party it was issued to where it names one, else its only audience.
Result<std::string> audience_of(const WebIdentityToken& token, const ProviderRecord& provider) {
  if (token.authorized_party.empty() && token.audiences.size() != 1) {
    return invalid("The token has several audiences and no authorized party");
  }
  const std::string& audience = token.authorized_party.empty() ? token.audiences.front() : token.authorized_party;
  const auto& known = provider.client_ids;
  if (std::find(known.begin(), known.end(), audience) == known.end()) return invalid("Incorrect token audience");
  return audience;
}

Caller web_identity_caller(const std::string& provider, const std::string& audience, const std::string& subject) {
  Caller caller;
  caller.kind = policy::PrincipalKind::kWebIdentity;
  caller.principal_id = fmt::format("{}:{}:{}", provider, audience, subject);
  caller.user_name = subject;
  auto details = std::make_shared<SessionDetails>();
  details->federated_provider = provider;
  details->web_identity_audience = audience;
  details->web_identity_subject = subject;
  caller.session = std::move(details);
  return caller;
}

void set_claims(const std::string& url, const std::string& audience, const WebIdentityToken& token,
                TrustContext& trust) {
  trust.set(url + ":aud", audience);
  trust.set(url + ":sub", token.subject);
  if (!token.amr.empty()) trust.set_many(url + ":amr", token.amr);
}

}  // namespace

Result<WebIdentitySession> assume_role_with_web_identity(const StsContext& context, const WebIdentityWish& wish) {
  if (!is_session_name(wish.session_name)) {
    return fail(Error::validation("A role session's name has 2 to 64 characters out of [A-Za-z0-9_+=,.@-]."));
  }
  CLAVIGER_ASSIGN(const WebIdentityToken token, parse_web_identity_token(wish.token));
  const auto arn = parse_entity_arn(wish.role_arn);
  if (!arn || arn->kind != EntityKind::kRole) return fail(assume_denied(nullptr, kAction, wish.role_arn));
  CLAVIGER_ASSIGN(const Provider* provider, find_provider(context.snapshot, arn->account, token.issuer));
  if (provider->keys == nullptr) {
    return invalid(
        "Couldn't retrieve verification key from your identity provider: no key set has been uploaded for it");
  }
  if (!provider->keys->verify(token.algorithm, token.key_id, as_bytes(token.signed_text), token.signature)) {
    return invalid("The token's signature is not one of its issuer's");
  }
  CLAVIGER_TRY(check_times(token, context.now));
  CLAVIGER_ASSIGN(const std::string audience, audience_of(token, provider->record));

  const std::string provider_arn = provider->record.arn(context.partition);
  WebIdentitySession session{.issued = {},
                             .provider = provider_arn,
                             .audience = audience,
                             .subject = token.subject,
                             .caller = web_identity_caller(provider_arn, audience, token.subject)};
  const Role* role = context.snapshot.role_by_arn(wish.role_arn);
  if (role == nullptr || !role->identity->usable) return fail(assume_denied(nullptr, kAction, wish.role_arn));
  TrustContext trust(context.request);
  trust.set("sts:RoleSessionName", wish.session_name);
  trust.set("aws:FederatedProvider", provider_arn);
  set_claims(provider->record.url, audience, token, trust);
  policy::Policies policies{.owner = role->record.account};
  policies.resource_policy = role->trust.get();
  if (!check_trust(kAction, session.caller.principal(), policies, wish.role_arn, wish.session, false, trust)) {
    return fail(assume_denied(nullptr, kAction, wish.role_arn));
  }
  CLAVIGER_ASSIGN(PlannedSession planned,
                  plan_role_session(context, *role, wish.session_name, wish.session, false, {}));
  planned.claims.federated_provider = provider_arn;
  planned.claims.web_identity_audience = audience;
  planned.claims.web_identity_subject = token.subject;
  session.issued = issue(context, std::move(planned), role);
  return session;
}

}  // namespace claviger::iam
