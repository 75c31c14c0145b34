#include "iam/credential_record.h"

namespace claviger::iam {
namespace {

constexpr std::uint8_t kCredentialVersion = 1;
constexpr std::uint8_t kRootPrincipal = 1;
constexpr std::uint8_t kUserPrincipal = 2;

}  // namespace

Bytes encode_credential(const CredentialRecord& record) {
  CLAVIGER_CHECK(record.sealed_secret.size() <= kMaxSealedSecretBytes);
  Bytes out;
  ByteWriter writer(out);
  writer.u8(kCredentialVersion);
  writer.u8(record.user ? kUserPrincipal : kRootPrincipal);
  writer.sized16(as_bytes(record.account.view()));
  if (record.user) writer.raw(as_bytes(record.user->view()));
  writer.u64(static_cast<std::uint64_t>(to_millis(record.created)));
  writer.sized16(record.sealed_secret);
  return out;
}

Result<CredentialRecord> decode_credential(ByteSpan value) {
  ByteReader reader(value);
  const std::uint8_t version = reader.u8();
  const std::uint8_t principal = reader.u8();
  const auto account = AccountId::parse(as_text(reader.sized16()));
  std::optional<UniqueId> user;
  if (principal == kUserPrincipal) user = UniqueId::parse(EntityKind::kUser, as_text(reader.raw(21)));
  const std::uint64_t created = reader.u64();
  const ByteSpan sealed = reader.sized16();
  if (!reader.done() || version != kCredentialVersion || !account || (principal != kRootPrincipal && !user) ||
      created > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()) ||
      sealed.size() > kMaxSealedSecretBytes) {
    return fail(Error::corrupt("credential record does not decode"));
  }
  return CredentialRecord{*account, user, from_millis(static_cast<std::int64_t>(created)), to_bytes(sealed)};
}

Bytes credential_context(std::string_view access_key_id, const AccountId& account,
                         const std::optional<UniqueId>& user) {
  Bytes out;
  ByteWriter writer(out);
  writer.sized16(as_bytes("iam/credential"));
  writer.sized16(as_bytes(access_key_id));
  writer.sized16(as_bytes(account.view()));
  if (user) writer.sized16(as_bytes(user->view()));
  return out;
}

}  // namespace claviger::iam
