#include "iam/session_tokens.h"

#include <utility>

#include "base/encoding.h"

namespace claviger::iam {
namespace {

constexpr std::uint8_t kSessionTokenVersion = 1;
constexpr std::string_view kClaimsContext = "sts/claims";
constexpr std::string_view kSecretContext = "sts/secret";

// Binds the secret to its claims: neither opens with the other half of another token.
Bytes secret_context(ByteSpan claims) {
  Bytes context;
  ByteWriter writer(context);
  writer.sized16(as_bytes(kSecretContext));
  writer.sized32(claims);
  return context;
}

std::unexpected<Error> not_ours() {
  return fail(ErrorCode::kUnrecognizedClient, "The security token included in the request is invalid.");
}

}  // namespace

std::string SessionTokens::seal(const SessionClaims& claims, const SecretBytes& secret) const {
  const Bytes plain = encode(claims);
  Bytes token;
  ByteWriter writer(token);
  writer.u8(kSessionTokenVersion);
  writer.sized16(sealer_.seal(as_bytes(kClaimsContext), plain));
  writer.sized16(sealer_.seal(secret_context(plain), secret));
  return base64_encode(token);
}

Result<OpenedSession> SessionTokens::open(std::string_view token) const {
  if (token.size() > kMaxSessionTokenBytes) return not_ours();
  const auto bytes = base64_decode(token);
  if (!bytes) return not_ours();
  ByteReader reader(*bytes);
  const std::uint8_t version = reader.u8();
  const ByteSpan sealed_claims = reader.sized16();
  const ByteSpan sealed_secret = reader.sized16();
  if (!reader.done() || version != kSessionTokenVersion) return not_ours();
  const auto plain = sealer_.open(as_bytes(kClaimsContext), sealed_claims);
  if (!plain) return not_ours();
  auto claims = decode_session_claims(*plain);
  if (!claims) return not_ours();
  auto secret = sealer_.open_secret(secret_context(*plain), sealed_secret);
  if (!secret) return not_ours();
  return OpenedSession{*std::move(claims), *std::move(secret)};
}

}  // namespace claviger::iam
