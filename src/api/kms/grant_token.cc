#include "api/kms/grant_token.h"

#include "base/encoding.h"

namespace claviger::api::kms {
namespace {

constexpr std::uint8_t kVersion = 1;
// Ours have about 250 characters. What is longer is not even decoded.
constexpr std::size_t kMaxTokenLength = 512;

}  // namespace

std::string make_grant_token(hsm::PurposeSealer& sealer, const keys::layout::GrantPlace& grant) {
  Bytes content;
  ByteWriter writer(content);
  writer.u8(kVersion);
  writer.sized16(as_bytes(grant.key.scope.account.view()));
  writer.sized16(as_bytes(grant.key.id.view()));
  writer.sized16(as_bytes(grant.grant.view()));
  return base64_encode(sealer.seal(as_bytes(grant.key.scope.region.view()), content));
}

Result<keys::layout::GrantPlace> open_grant_token(hsm::PurposeSealer& sealer, const Region& region,
                                                  std::string_view token) {
  const auto refuse = [] { return fail(ErrorCode::kInvalidGrantToken, "The grant token is not valid."); };
  if (token.size() > kMaxTokenLength) return refuse();
  const auto sealed = base64_decode(token);
  if (!sealed) return refuse();
  const auto content = sealer.open(as_bytes(region.view()), *sealed);
  if (!content) return refuse();
  ByteReader reader(*content);
  if (reader.u8() != kVersion) return refuse();
  const auto account = AccountId::parse(as_text(reader.sized16()));
  const auto id = KeyId::parse(as_text(reader.sized16()));
  const auto grant = keys::GrantId::parse(as_text(reader.sized16()));
  if (!account || !id || !grant || !reader.done()) return refuse();
  return keys::layout::GrantPlace{{{*account, region}, *id}, *grant};
}

}  // namespace claviger::api::kms
