#include "hsm/replication_sealer.h"

#include <limits>
#include <optional>
#include <utility>

#include "base/check.h"
#include "base/secret.h"
#include "crypto/aead.h"
#include "hsm/key_token.h"
#include "hsm/purpose_sealer.h"
#include "hsm/secret_gate.h"

namespace claviger::hsm {
namespace {

constexpr std::uint8_t kReplicationVersion = 1;
// Which key seals the message. The only one there is: that of this deployment.
constexpr std::uint32_t kOwnLink = 0;

std::unexpected<Error> bad_message() { return fail(Error::corrupt("a replication message does not open")); }

Bytes header_of(const ReplicationAddress& address) {
  Bytes header;
  ByteWriter writer(header);
  writer.u8(kReplicationVersion);
  writer.u32(kOwnLink);
  writer.u8(address.kind);
  writer.sized16(as_bytes(address.from.view()));
  writer.sized16(as_bytes(address.to.view()));
  writer.sized16(as_bytes(address.account.view()));
  writer.sized16(as_bytes(address.key.view()));
  return header;
}

std::optional<ReplicationAddress> take_header(ByteReader& reader) {
  if (reader.u8() != kReplicationVersion || reader.u32() != kOwnLink) return std::nullopt;
  const std::uint8_t kind = reader.u8();
  const auto from = Region::parse(as_text(reader.sized16()));
  const auto to = Region::parse(as_text(reader.sized16()));
  const auto account = AccountId::parse(as_text(reader.sized16()));
  const auto key = KeyId::parse(as_text(reader.sized16()));
  if (reader.failed() || !from || !to || !account || !key) return std::nullopt;
  return ReplicationAddress{kind, *from, *to, *account, *key};
}

KeyBinding binding_of(const ReplicationAddress& address, const Region& region, const ReplicationContent& content) {
  return {{address.account, region}, address.key, content.key_spec, content.origin};
}

}  // namespace

struct ReplicationSealer::Impl {
  const Keyring& keyring;
  RandomSource& random;
  PurposeSealer sealer;
  crypto::Aes256Gcm gcm;
  Bytes aad;

  // Everything before the materials' bytes goes through `put`, so that no secret lies in memory that is not wiped.
  Result<SecretBytes> plaintext(const ReplicationAddress& address, const ReplicationContent& content) {
    const KeyBinding binding = binding_of(address, address.from, content);
    Bytes open_part;
    ByteWriter writer(open_part);
    writer.sized16(as_bytes(content.key_spec));
    writer.sized16(as_bytes(content.origin));
    writer.sized32(content.payload);
    CLAVIGER_CHECK(content.materials.size() <= std::numeric_limits<std::uint16_t>::max());
    writer.u16(static_cast<std::uint16_t>(content.materials.size()));
    SecretBytes plain;
    plain.append(open_part);
    for (const ReplicatedMaterial& material : content.materials) {
      const auto size = backing_key_bytes(material.token);
      if (!size) return fail(token_does_not_open());
      Bytes head;
      ByteWriter head_writer(head);
      head_writer.raw(material.id);
      head_writer.u16(static_cast<std::uint16_t>(*size));
      plain.append(head);
      const std::size_t at = plain.size();
      plain.resize(at + *size);
      const bool opened =
          open_token(keyring, gcm, aad, binding, material.id, material.token, plain.writable().subspan(at));
      gcm.forget_key();
      if (!opened) return fail(token_does_not_open());
      if (plain.size() > kMaxMessageBytes) return fail(Error::internal("a replication message is too long"));
    }
    return plain;
  }

  Result<ReplicationContent> content(const ReplicationAddress& address, const SecretBytes& plain) {
    ByteReader reader(plain.expose(SecretGate::access()));
    ReplicationContent content;
    content.key_spec = as_text(reader.sized16());
    content.origin = as_text(reader.sized16());
    content.payload = to_bytes(reader.sized32());
    const std::size_t count = reader.u16();
    const KeyBinding binding = binding_of(address, address.to, content);
    for (std::size_t i = 0; i < count && !reader.failed(); ++i) {
      const MaterialId id = reader.array<32>();
      const ByteSpan backing_key = reader.sized16();
      if (backing_key.empty() || backing_key.size() > kMaxBackingKeyBytes) return bad_message();
      content.materials.push_back({id, wrap_backing_key(keyring, gcm, random, aad, binding, id, backing_key)});
      gcm.forget_key();
    }
    if (!reader.done()) return bad_message();
    return content;
  }
};

ReplicationSealer::ReplicationSealer(const Keyring& keyring, RandomSource& random)
    : impl_(new Impl{keyring, random, {keyring, "replication", random}, {}, {}}) {}
ReplicationSealer::~ReplicationSealer() = default;

Result<Bytes> ReplicationSealer::seal(const ReplicationAddress& address, const ReplicationContent& content) {
  CLAVIGER_ASSIGN(const SecretBytes plain, impl_->plaintext(address, content));
  Bytes message = header_of(address);
  const Bytes sealed = impl_->sealer.seal(message, plain);
  if (message.size() + sealed.size() > kMaxMessageBytes) {
    return fail(Error::internal("a replication message is too long"));
  }
  message.insert(message.end(), sealed.begin(), sealed.end());
  return message;
}

Result<ReplicationSealer::Opened> ReplicationSealer::open(ByteSpan message) {
  if (message.size() > kMaxMessageBytes) return bad_message();
  ByteReader reader(message);
  const auto address = take_header(reader);
  if (!address) return bad_message();
  const ByteSpan header = message.first(message.size() - reader.rest().size());
  CLAVIGER_ASSIGN(const SecretBytes plain, impl_->sealer.open_secret(header, reader.rest()));
  CLAVIGER_ASSIGN(ReplicationContent content, impl_->content(*address, plain));
  return Opened{*address, std::move(content)};
}

}  // namespace claviger::hsm
