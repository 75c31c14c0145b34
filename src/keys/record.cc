#include "keys/record.h"

#include <algorithm>
#include <limits>

#include "keys/usage_rules.h"

namespace claviger::keys {
namespace {

// Version 1 had no bindings, versions 1 and 2 no public key.
constexpr std::uint8_t kKeyVersion = 3;
constexpr std::uint8_t kAliasVersion = 1;
constexpr std::uint8_t kTombstoneVersion = 1;
constexpr std::uint64_t kNoDate = std::numeric_limits<std::uint64_t>::max();

std::uint64_t number(WallTime time) { return static_cast<std::uint64_t>(to_millis(time)); }
WallTime time(std::uint64_t number) { return from_millis(static_cast<std::int64_t>(number)); }

std::string text(ByteSpan bytes) { return std::string(as_text(bytes)); }

}  // namespace

const Material* KeyRecord::find_material(const std::array<std::uint8_t, 32>& wanted) const {
  const auto found =
      std::find_if(materials.begin(), materials.end(), [&](const Material& material) { return material.id == wanted; });
  return found == materials.end() ? nullptr : &*found;
}

Bytes encode(const KeyRecord& record) {
  Bytes out;
  out.reserve(192 + record.description.size() + record.policy.size());
  ByteWriter writer(out);
  writer.u8(kKeyVersion);
  writer.u8(std::to_underlying(record.spec));
  writer.u8(std::to_underlying(record.usage));
  writer.u8(std::to_underlying(record.origin));
  writer.u8(std::to_underlying(record.state));
  writer.u64(number(record.created));
  writer.u64(record.deletion_date ? number(*record.deletion_date) : kNoDate);
  writer.sized32(as_bytes(record.description));
  writer.sized32(as_bytes(record.policy));
  CLAVIGER_CHECK(record.policy_bindings.size() <= std::numeric_limits<std::uint16_t>::max());
  writer.u16(static_cast<std::uint16_t>(record.policy_bindings.size()));
  for (const PrincipalBinding& binding : record.policy_bindings) {
    writer.sized16(as_bytes(binding.arn));
    writer.sized16(as_bytes(binding.unique_id));
  }
  writer.u16(static_cast<std::uint16_t>(record.tags.size()));
  for (const Tag& tag : record.tags) {
    writer.sized16(as_bytes(tag.key));
    writer.sized16(as_bytes(tag.value));
  }
  writer.u16(static_cast<std::uint16_t>(record.materials.size()));
  for (const Material& material : record.materials) {
    writer.raw(material.id);
    writer.sized16(material.token);
  }
  writer.sized16(record.public_key);
  return out;
}

Result<KeyRecord> decode_key(const Scope& scope, const KeyId& id, ByteSpan bytes) {
  ByteReader reader(bytes);
  const std::uint8_t version = reader.u8();
  if (version == 0 || version > kKeyVersion) return fail(Error::corrupt("key record: unknown version"));
  const auto spec = from_number<KeySpec>(reader.u8());
  const auto usage = from_number<KeyUsage>(reader.u8());
  const auto origin = from_number<KeyOrigin>(reader.u8());
  const auto state = from_number<KeyState>(reader.u8());
  if (!spec || !usage || !origin || !state) return fail(Error::corrupt("key record: unknown number"));
  KeyRecord record{.scope = scope, .id = id, .spec = *spec, .usage = *usage, .origin = *origin, .state = *state};
  record.created = time(reader.u64());
  const std::uint64_t deletion_date = reader.u64();
  if (deletion_date != kNoDate) record.deletion_date = time(deletion_date);
  record.description = text(reader.sized32());
  record.policy = text(reader.sized32());
  const std::size_t bindings = version == 1 ? 0 : reader.u16();
  for (std::size_t i = 0; i < bindings && !reader.failed(); ++i) {
    std::string arn = text(reader.sized16());
    std::string unique_id = text(reader.sized16());
    record.policy_bindings.push_back({std::move(arn), std::move(unique_id)});
  }
  const std::size_t tags = reader.u16();
  for (std::size_t i = 0; i < tags && !reader.failed(); ++i) {
    std::string key = text(reader.sized16());
    std::string value = text(reader.sized16());
    record.tags.push_back({std::move(key), std::move(value)});
  }
  const std::size_t materials = reader.u16();
  for (std::size_t i = 0; i < materials && !reader.failed(); ++i) {
    Material material;
    material.id = reader.array<32>();
    material.token = to_bytes(reader.sized16());
    record.materials.push_back(std::move(material));
  }
  if (version >= 3) record.public_key = to_bytes(reader.sized16());
  if (!reader.done()) return fail(Error::corrupt("key record: wrong length"));
  if (record.public_key.empty() == is_asymmetric(record.spec)) {
    return fail(Error::corrupt("key record: public key does not fit the spec"));
  }
  if (record.materials.empty()) return fail(Error::corrupt("key record: no material"));
  if (record.deletion_date.has_value() != (record.state == KeyState::kPendingDeletion)) {
    return fail(Error::corrupt("key record: deletion date does not fit the state"));
  }
  return record;
}

Bytes encode(const AliasRecord& record) {
  Bytes out;
  ByteWriter writer(out);
  writer.u8(kAliasVersion);
  writer.sized16(as_bytes(record.target.view()));
  writer.u64(number(record.created));
  writer.u64(number(record.updated));
  return out;
}

Result<AliasRecord> decode_alias(ByteSpan bytes) {
  ByteReader reader(bytes);
  if (reader.u8() != kAliasVersion) return fail(Error::corrupt("alias record: unknown version"));
  const std::optional<KeyId> target = KeyId::parse(as_text(reader.sized16()));
  if (!target) return fail(Error::corrupt("alias record: bad key id"));
  AliasRecord record{.target = *target};
  record.created = time(reader.u64());
  record.updated = time(reader.u64());
  if (!reader.done()) return fail(Error::corrupt("alias record: wrong length"));
  return record;
}

Bytes encode(const TombstoneRecord& record) {
  Bytes out;
  ByteWriter writer(out);
  writer.u8(kTombstoneVersion);
  writer.u8(std::to_underlying(record.spec));
  writer.u64(number(record.created));
  writer.u64(number(record.deleted));
  return out;
}

Result<TombstoneRecord> decode_tombstone(ByteSpan bytes) {
  ByteReader reader(bytes);
  if (reader.u8() != kTombstoneVersion) return fail(Error::corrupt("tombstone: unknown version"));
  const auto spec = from_number<KeySpec>(reader.u8());
  if (!spec) return fail(Error::corrupt("tombstone: unknown key spec"));
  TombstoneRecord record{.spec = *spec};
  record.created = time(reader.u64());
  record.deleted = time(reader.u64());
  if (!reader.done()) return fail(Error::corrupt("tombstone: wrong length"));
  return record;
}

}  // namespace claviger::keys
