#include "keys/record.h"

#include <algorithm>
#include <limits>

#include "keys/record_fields.h"
#include "keys/usage_rules.h"

namespace claviger::keys {
namespace {

// Version 1 had no bindings, versions 1 and 2 no public key, versions 1 to 3 one material for ever.
constexpr std::uint8_t kKeyVersion = 4;
constexpr std::uint8_t kAliasVersion = 1;
constexpr std::uint8_t kTombstoneVersion = 1;
constexpr std::uint64_t kNoDate = std::numeric_limits<std::uint64_t>::max();

std::uint64_t optional_number(const std::optional<WallTime>& time) { return time ? to_number(*time) : kNoDate; }
std::optional<WallTime> optional_time(std::uint64_t number) {
  return number == kNoDate ? std::nullopt : std::optional(to_time(number));
}

void put_material(ByteWriter& writer, const Material& material) {
  writer.raw(material.id);
  writer.sized16(material.token);
  writer.u8(material.rotation ? std::to_underlying(material.rotation->type) : kNothing);
  if (material.rotation) writer.u64(to_number(material.rotation->date));
  writer.u64(optional_number(material.valid_to));
  writer.sized16(as_bytes(material.description));
}

// Before version 4 a material was its id and its token.
Result<Material> take_material(ByteReader& reader, std::uint8_t version) {
  Material material;
  material.id = reader.array<32>();
  material.token = to_bytes(reader.sized16());
  if (version < 4) return material;
  if (const std::uint8_t rotated = reader.u8(); rotated != kNothing) {
    const auto type = from_number<RotationType>(rotated);
    if (!type) return fail(Error::corrupt("key record: unknown rotation type"));
    material.rotation = {.date = to_time(reader.u64()), .type = *type};
  }
  material.valid_to = optional_time(reader.u64());
  material.description = to_text(reader.sized16());
  return material;
}

// What came with version 4, behind the public key.
Status take_life(ByteReader& reader, KeyRecord& record) {
  const auto unknown = [] { return fail(Error::corrupt("key record: unknown number")); };
  const auto manager = from_number<KeyManager>(reader.u8());
  if (!manager) return unknown();
  record.manager = *manager;
  if (const std::uint8_t next = reader.u8(); next != kNothing) {
    record.next_state = from_number<KeyState>(next);
    if (!record.next_state) return unknown();
  }
  if (const std::uint8_t days = reader.u8(); days != kNothing) record.pending_window_days = days;
  if (const std::uint8_t pending = reader.u8(); pending != kNothing) {
    const auto state = from_number<PendingMaterialState>(pending);
    if (!state) return unknown();
    CLAVIGER_ASSIGN(Material material, take_material(reader, kKeyVersion));
    record.pending_material = {.material = std::move(material), .state = *state};
  }
  if (const std::uint16_t period = reader.u16(); period != kNothing) {
    record.rotation = {.period_days = period, .next = to_time(reader.u64())};
  }
  const std::uint8_t multi_region = reader.u8();
  if (multi_region == kNothing) return {};
  if (multi_region != kSomething) return unknown();
  const auto primary = Region::parse(as_text(reader.sized16()));
  if (!primary) return fail(Error::corrupt("key record: bad Region"));
  record.multi_region = {.primary = *primary, .replicas = {}};
  const std::size_t replicas = reader.u16();
  for (std::size_t i = 0; i < replicas && !reader.failed(); ++i) {
    const auto region = Region::parse(as_text(reader.sized16()));
    const std::uint8_t has_pending_material = reader.u8();
    if (!region) return fail(Error::corrupt("key record: bad Region"));
    if (has_pending_material > kSomething) return unknown();
    record.multi_region->replicas.push_back({*region, has_pending_material == kSomething});
  }
  record.multi_region->version = reader.u64();
  return {};
}

Status check_materials_fit(const KeyRecord& record) {
  const bool imported = record.origin == KeyOrigin::kExternal;
  // A replica may be scheduled for deletion before its material has arrived.
  const bool creating =
      record.state == KeyState::kCreating || (record.is_replica() && record.state == KeyState::kPendingDeletion);
  if (record.materials.empty() && !imported && !creating) return fail(Error::corrupt("key record: no material"));
  for (const Material& material : record.materials) {
    if (material.token.empty() && !imported) return fail(Error::corrupt("key record: material without a token"));
    if (material.valid_to && (!imported || material.token.empty())) {
      return fail(Error::corrupt("key record: expiry of material that cannot expire"));
    }
    if (!material.description.empty() && !imported) return fail(Error::corrupt("key record: described material"));
  }
  if (record.pending_material && !imported && !record.multi_region)
    return fail(Error::corrupt("key record: pending material"));
  const bool has_public_key = is_asymmetric(record.spec) && !record.materials.empty();
  if (record.public_key.empty() == has_public_key) {
    return fail(Error::corrupt("key record: public key does not fit the spec"));
  }
  return {};
}

Status check_parts_fit(const KeyRecord& record) {
  CLAVIGER_TRY(check_materials_fit(record));
  if (record.deletion_date.has_value() != (record.state == KeyState::kPendingDeletion)) {
    return fail(Error::corrupt("key record: deletion date does not fit the state"));
  }
  if (record.pending_window_days.has_value() != (record.state == KeyState::kPendingReplicaDeletion)) {
    return fail(Error::corrupt("key record: waiting period does not fit the state"));
  }
  if (record.next_state.has_value() != (record.state == KeyState::kUpdating)) {
    return fail(Error::corrupt("key record: next state does not fit the state"));
  }
  if (record.state == KeyState::kPendingImport && record.origin != KeyOrigin::kExternal) {
    return fail(Error::corrupt("key record: pending import of a key that imports nothing"));
  }
  if (record.rotation && record.spec != KeySpec::kSymmetricDefault) {
    return fail(Error::corrupt("key record: rotation of a key that does not rotate"));
  }
  if (record.multi_region.has_value() != record.id.is_multi_region()) {
    return fail(Error::corrupt("key record: Regions do not fit the key id"));
  }
  return {};
}

}  // namespace

const Material* KeyRecord::find_material(const std::array<std::uint8_t, 32>& wanted) const {
  const auto found =
      std::find_if(materials.begin(), materials.end(), [&](const Material& material) { return material.id == wanted; });
  if (found != materials.end()) return &*found;
  // Related keys go over to new material one after the other, so this may have been encrypted with already elsewhere.
  const bool decrypts = pending_material && (origin == KeyOrigin::kAwsKms || multi_region) &&
                        !pending_material->material.token.empty() && pending_material->material.id == wanted;
  return decrypts ? &pending_material->material : nullptr;
}

Bytes encode(const KeyRecord& record) {
  Bytes out;
  out.reserve(256 + record.description.size() + record.policy.size());
  ByteWriter writer(out);
  writer.u8(kKeyVersion);
  writer.u8(std::to_underlying(record.spec));
  writer.u8(std::to_underlying(record.usage));
  writer.u8(std::to_underlying(record.origin));
  writer.u8(std::to_underlying(record.state));
  writer.u64(to_number(record.created));
  writer.u64(optional_number(record.deletion_date));
  writer.sized32(as_bytes(record.description));
  writer.sized32(as_bytes(record.policy));
  put_bindings(writer, record.policy_bindings);
  put_tags(writer, record.tags);
  put_count(writer, record.materials.size());
  for (const Material& material : record.materials) put_material(writer, material);
  writer.sized16(record.public_key);
  writer.u8(std::to_underlying(record.manager));
  writer.u8(record.next_state ? std::to_underlying(*record.next_state) : kNothing);
  writer.u8(record.pending_window_days.value_or(kNothing));
  writer.u8(record.pending_material ? std::to_underlying(record.pending_material->state) : kNothing);
  if (record.pending_material) put_material(writer, record.pending_material->material);
  writer.u16(record.rotation ? record.rotation->period_days : kNothing);
  if (record.rotation) writer.u64(to_number(record.rotation->next));
  writer.u8(record.multi_region ? kSomething : kNothing);
  if (record.multi_region) {
    put_regions(writer, *record.multi_region);
    writer.u64(record.multi_region->version);
  }
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
  record.created = to_time(reader.u64());
  record.deletion_date = optional_time(reader.u64());
  record.description = to_text(reader.sized32());
  record.policy = to_text(reader.sized32());
  if (version >= 2) record.policy_bindings = take_bindings(reader);
  record.tags = take_tags(reader);
  const std::size_t materials = reader.u16();
  for (std::size_t i = 0; i < materials && !reader.failed(); ++i) {
    CLAVIGER_ASSIGN(Material material, take_material(reader, version));
    record.materials.push_back(std::move(material));
  }
  if (version >= 3) record.public_key = to_bytes(reader.sized16());
  if (version >= 4) CLAVIGER_TRY(take_life(reader, record));
  if (!reader.done()) return fail(Error::corrupt("key record: wrong length"));
  CLAVIGER_TRY(check_parts_fit(record));
  return record;
}

Bytes encode(const AliasRecord& record) {
  Bytes out;
  ByteWriter writer(out);
  writer.u8(kAliasVersion);
  writer.sized16(as_bytes(record.target.view()));
  writer.u64(to_number(record.created));
  writer.u64(to_number(record.updated));
  return out;
}

Result<AliasRecord> decode_alias(ByteSpan bytes) {
  ByteReader reader(bytes);
  if (reader.u8() != kAliasVersion) return fail(Error::corrupt("alias record: unknown version"));
  const std::optional<KeyId> target = KeyId::parse(as_text(reader.sized16()));
  if (!target) return fail(Error::corrupt("alias record: bad key id"));
  AliasRecord record{.target = *target};
  record.created = to_time(reader.u64());
  record.updated = to_time(reader.u64());
  if (!reader.done()) return fail(Error::corrupt("alias record: wrong length"));
  return record;
}

Bytes encode(const TombstoneRecord& record) {
  Bytes out;
  ByteWriter writer(out);
  writer.u8(kTombstoneVersion);
  writer.u8(std::to_underlying(record.spec));
  writer.u64(to_number(record.created));
  writer.u64(to_number(record.deleted));
  return out;
}

Result<TombstoneRecord> decode_tombstone(ByteSpan bytes) {
  ByteReader reader(bytes);
  if (reader.u8() != kTombstoneVersion) return fail(Error::corrupt("tombstone: unknown version"));
  const auto spec = from_number<KeySpec>(reader.u8());
  if (!spec) return fail(Error::corrupt("tombstone: unknown key spec"));
  TombstoneRecord record{.spec = *spec};
  record.created = to_time(reader.u64());
  record.deleted = to_time(reader.u64());
  if (!reader.done()) return fail(Error::corrupt("tombstone: wrong length"));
  return record;
}

}  // namespace claviger::keys
