#include "hsm/key_token.h"

#include "base/check.h"
#include "hsm/keyring_internal.h"

namespace claviger::hsm {
namespace {

constexpr std::uint8_t kKeyTokenVersion = 1;
constexpr std::size_t kKeyTokenHeaderBytes = 1 + 4;

void set_associated_data(Bytes& aad, std::uint32_t domain_key, const KeyBinding& binding, const MaterialId& material) {
  aad.clear();
  ByteWriter writer(aad);
  writer.u8(kKeyTokenVersion);
  writer.u32(domain_key);
  writer.sized16(as_bytes(binding.scope.account.view()));
  writer.sized16(as_bytes(binding.scope.region.view()));
  writer.sized16(as_bytes(binding.key.view()));
  writer.sized16(material);
  writer.sized16(as_bytes(binding.key_spec));
  writer.sized16(as_bytes(binding.origin));
}

}  // namespace

Error token_does_not_open() { return Error::corrupt("a key token does not open for its record"); }

std::optional<std::size_t> backing_key_bytes(ByteSpan token) {
  if (token.size() <= kTokenOverhead || token.size() > kTokenOverhead + kMaxBackingKeyBytes) return std::nullopt;
  return token.size() - kTokenOverhead;
}

Bytes wrap_backing_key(const Keyring& keyring, crypto::Aes256Gcm& gcm, RandomSource& random, Bytes& aad,
                       const KeyBinding& binding, const MaterialId& material, ByteSpan backing_key) {
  CLAVIGER_CHECK(!backing_key.empty() && backing_key.size() <= kMaxBackingKeyBytes);
  const std::uint32_t version = keyring.active_domain_key();
  set_associated_data(aad, version, binding, material);
  Bytes token;
  token.reserve(kTokenOverhead + backing_key.size());
  ByteWriter writer(token);
  writer.u8(kKeyTokenVersion);
  writer.u32(version);
  gcm.seal(KeyringAccess::domain_key(keyring, version).value(), {aad}, backing_key, random, token);
  return token;
}

bool open_token(const Keyring& keyring, crypto::Aes256Gcm& gcm, Bytes& aad, const KeyBinding& binding,
                const MaterialId& material, ByteSpan token, MutableByteSpan backing_key) {
  wipe(backing_key);
  if (backing_key_bytes(token) != backing_key.size()) return false;
  ByteReader reader(token);
  if (reader.u8() != kKeyTokenVersion) return false;
  const std::uint32_t version = reader.u32();
  const std::optional<crypto::Key256> domain_key = KeyringAccess::domain_key(keyring, version);
  if (!domain_key) return false;
  set_associated_data(aad, version, binding, material);
  return gcm.open(*domain_key, {aad}, token.subspan(kKeyTokenHeaderBytes), backing_key);
}

}  // namespace claviger::hsm
