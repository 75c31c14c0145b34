#include "iam/session_caller.h"

#include <utility>

#include "base/json.h"

namespace claviger::iam {
namespace {

std::unexpected<Error> gone() {
  return fail(ErrorCode::kUnrecognizedClient, "The security token included in the request is invalid.");
}

using JsonWriter = json::Writer<std::string>;

void write(JsonWriter& writer, std::string_view name, std::string_view value) {
  writer.name(name);
  writer.string(value);
}

// CloudTrail's `sessionContext` ("CloudTrail userIdentity element"). There is no MFA.
std::string audit_context(const SessionClaims& claims, const Identity* role) {
  std::string out;
  JsonWriter writer(out);
  writer.begin_object();
  if (role != nullptr) {
    writer.name("sessionIssuer");
    writer.begin_object();
    write(writer, "type", "Role");
    write(writer, "principalId", role->id.view());
    write(writer, "arn", role->arn);
    write(writer, "accountId", role->account.view());
    write(writer, "userName", role->name);
    writer.end_object();
  }
  if (!claims.federated_provider.empty()) {
    writer.name("webIdFederationData");
    writer.begin_object();
    write(writer, "federatedProvider", claims.federated_provider);
    writer.name("attributes");
    writer.begin_object();
    writer.end_object();
    writer.end_object();
  }
  writer.name("attributes");
  writer.begin_object();
  write(writer, "creationDate", format_iso8601(claims.issued));
  write(writer, "mfaAuthenticated", "false");
  writer.end_object();
  if (!claims.source_identity.empty()) write(writer, "sourceIdentity", claims.source_identity);
  writer.end_object();
  return out;
}

Result<std::shared_ptr<SessionDetails>> details_of(const Snapshot& snapshot, const SessionClaims& claims) {
  auto details = std::make_shared<SessionDetails>();
  if (!claims.policy.empty()) {
    auto document = policy::Document::parse(policy::DocumentKind::kIdentity, claims.policy);
    if (!document) return gone();
    details->policies.push_back(std::make_shared<const policy::Document>(*std::move(document)));
  }
  for (const UniqueId& id : claims.policies) {
    const ManagedPolicy* managed = snapshot.policy(id);
    // Fewer limits than were asked for would be more rights.
    if (managed == nullptr) return gone();
    details->policies.push_back(managed->document);
  }
  details->name = claims.name;
  details->issued = claims.issued;
  details->expires = claims.expires;
  details->tags = claims.tags;
  details->transitive_tag_keys = claims.transitive_tag_keys;
  details->source_identity = claims.source_identity;
  details->federated_provider = claims.federated_provider;
  details->web_identity_audience = claims.web_identity_audience;
  details->web_identity_subject = claims.web_identity_subject;
  return details;
}

// Of a session of long-term credentials: it lives as long as the key that asked for it.
bool parent_is_usable(const Snapshot& snapshot, const SessionClaims& claims) {
  const Credential* parent = snapshot.credential(claims.parent_access_key);
  if (parent == nullptr || parent->caller->account != claims.account) return false;
  const auto& identity = parent->caller->identity;
  return claims.principal ? identity != nullptr && identity->id == *claims.principal : identity == nullptr;
}

}  // namespace

Result<Caller> session_caller(const Snapshot& snapshot, std::string_view partition, const SessionClaims& claims) {
  Caller caller;
  std::shared_ptr<const Identity> identity;
  if (claims.principal) {
    identity = snapshot.identity(*claims.principal);
    if (identity == nullptr || !identity->usable || identity->account != claims.account) return gone();
  }
  if (claims.kind == SessionKind::kRole) {
    caller.kind = policy::PrincipalKind::kAssumedRole;
    caller.account = claims.account;
    caller.principal_arn = assumed_role_arn(partition, claims.account, identity->name, claims.name);
    caller.principal_id = std::string(identity->id.view()).append(":").append(claims.name);
    caller.role_arn = identity->arn;
    caller.identity = identity;
    caller.access_key_id = claims.access_key_id;
  } else {
    if (!parent_is_usable(snapshot, claims)) return gone();
    caller = identity != nullptr ? user_caller(identity, claims.access_key_id)
                                 : root_caller(partition, claims.account, claims.access_key_id);
  }
  CLAVIGER_ASSIGN(std::shared_ptr<SessionDetails> details, details_of(snapshot, claims));
  details->audit_context = audit_context(claims, claims.kind == SessionKind::kRole ? identity.get() : nullptr);
  caller.session = std::move(details);
  return caller;
}

}  // namespace claviger::iam
