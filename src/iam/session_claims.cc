#include "iam/session_claims.h"

#include <utility>

#include "iam/names.h"

namespace claviger::iam {
namespace {

constexpr std::uint8_t kSessionClaimsVersion = 1;

bool is_kind(SessionKind kind) {
  return kind == SessionKind::kRole || kind == SessionKind::kUser || kind == SessionKind::kRoot;
}

}  // namespace

Bytes encode(const SessionClaims& claims) {
  Bytes out;
  ByteWriter writer(out);
  writer.u8(kSessionClaimsVersion);
  writer.u8(std::to_underlying(claims.kind));
  writer.raw(as_bytes(claims.account.view()));
  if (claims.principal) writer.raw(as_bytes(claims.principal->view()));
  parts::write_text(writer, claims.access_key_id);
  parts::write_time(writer, claims.issued);
  parts::write_time(writer, claims.expires);
  parts::write_text(writer, claims.name);
  parts::write_text(writer, claims.parent_access_key);
  parts::write_document(writer, claims.policy);
  parts::write_ids(writer, claims.policies);
  parts::write_tags(writer, claims.tags);
  parts::write_texts(writer, claims.transitive_tag_keys);
  parts::write_text(writer, claims.source_identity);
  parts::write_text(writer, claims.federated_provider);
  parts::write_text(writer, claims.web_identity_audience);
  parts::write_text(writer, claims.web_identity_subject);
  return out;
}

Result<SessionClaims> decode_session_claims(ByteSpan bytes) {
  parts::Reader reader(bytes);
  SessionClaims claims;
  reader.require(reader.u8() == kSessionClaimsVersion);
  claims.kind = static_cast<SessionKind>(reader.u8());
  reader.require(is_kind(claims.kind));
  claims.account = reader.account();
  if (claims.kind == SessionKind::kRole) claims.principal = reader.id(EntityKind::kRole);
  if (claims.kind == SessionKind::kUser) claims.principal = reader.id(EntityKind::kUser);
  claims.access_key_id = reader.text();
  claims.issued = reader.time();
  claims.expires = reader.time();
  claims.name = reader.text();
  claims.parent_access_key = reader.text();
  reader.require((claims.kind == SessionKind::kRole) == is_session_name(claims.name));
  reader.require((claims.kind == SessionKind::kRole) == claims.parent_access_key.empty());
  claims.policy = reader.document();
  claims.policies = reader.ids(EntityKind::kPolicy);
  claims.tags = reader.tags();
  claims.transitive_tag_keys = reader.texts();
  claims.source_identity = reader.text();
  claims.federated_provider = reader.text();
  claims.web_identity_audience = reader.text();
  claims.web_identity_subject = reader.text();
  CLAVIGER_TRY(reader.ok("session"));
  return claims;
}

}  // namespace claviger::iam
