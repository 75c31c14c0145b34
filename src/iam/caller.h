// Who made an authenticated request.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/identifiers.h"
#include "iam/identity.h"
#include "policy/decision.h"
#include "policy/principal.h"

namespace claviger::iam {

// What only a session has.
struct SessionDetails {
  std::string name;   // of a role session
  WallTime issued{};  // when the credentials were made
  WallTime expires{};
  // The session policies. With any at all, what none of them allows is not allowed.
  std::vector<std::shared_ptr<const policy::Document>> policies;
  std::vector<Tag> tags;
  std::vector<std::string> transitive_tag_keys;
  std::string source_identity;
  // Of a session that an identity provider vouched for: the provider's ARN, and the token's audience and subject.
  std::string federated_provider, web_identity_audience, web_identity_subject;
  // `sessionContext` of the audit's userIdentity, as JSON text.
  std::string audit_context;
};

// What a web identity token says of whoever brought it, once everything about the token has been checked.
struct WebIdentity {
  std::string provider;      // the ARN of the OpenID Connect provider
  std::string provider_url;  // without `https://`, as condition keys have it
  std::string audience, subject;
  std::vector<std::string> amr;
  // What the token wants for the session that is made of it.
  std::vector<Tag> tags;
  std::vector<std::string> transitive_tag_keys;
  std::string source_identity;  // empty: none
};

// What policy decisions need and what the audit's userIdentity says. Immutable once made; shared between requests.
struct Caller {
  policy::PrincipalKind kind = policy::PrincipalKind::kRoot;
  AccountId account;
  std::string principal_arn;  // of a session: the session's
  std::string principal_id;   // of the root: the account id; AIDA...; AROA...:session; <provider>:<audience>:<subject>
  std::string access_key_id;
  std::string user_name;     // of kUser, and the subject of kWebIdentity; else empty
  std::string role_arn;      // of kAssumedRole; else empty
  std::string service_name;  // of kService; else empty
  // The user or role, with its policies; null for the root and for services.
  std::shared_ptr<const Identity> identity;
  // Null for long-term credentials, and for kWebIdentity.
  std::shared_ptr<const SessionDetails> session;
  // Of kWebIdentity, whose account is that of the provider; else null.
  std::shared_ptr<const WebIdentity> web_identity;

  // A view of this caller, valid as long as it is.
  policy::Principal principal() const;
  // The policies that speak for and limit this caller, for a decision in account `owner`. Views, likewise.
  policy::Policies policies(const AccountId& owner) const;
};

// The root of `account` with one of its access keys.
Caller root_caller(std::string_view partition, const AccountId& account, std::string_view access_key_id);
// A user with one of its access keys.
Caller user_caller(std::shared_ptr<const Identity> user, std::string_view access_key_id);

// The same caller with its ARNs in another partition: that of the Region that was called.
Caller in_partition(const Caller& caller, std::string_view partition);

}  // namespace claviger::iam
