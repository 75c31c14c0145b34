#include "keys/replication_message.h"

#include <utility>

#include "base/check.h"
#include "keys/record_fields.h"

namespace claviger::keys {
namespace {

constexpr std::uint8_t kStateVersion = 1;
constexpr std::uint8_t kReportVersion = 1;

std::unexpected<Error> bad(std::string_view what) {
  return fail(Error::corrupt("replication message: " + std::string(what)));
}

// A material without its token, which travels beside the message.
void put_shared_material(ByteWriter& writer, const Material& material) {
  CLAVIGER_CHECK(material.token.empty() && !material.valid_to);
  writer.raw(material.id);
  writer.u8(material.rotation ? std::to_underlying(material.rotation->type) : kNothing);
  if (material.rotation) writer.u64(to_number(material.rotation->date));
  writer.sized16(as_bytes(material.description));
}

Result<Material> take_shared_material(ByteReader& reader) {
  Material material;
  material.id = reader.array<32>();
  if (const std::uint8_t rotated = reader.u8(); rotated != kNothing) {
    const auto type = from_number<RotationType>(rotated);
    if (!type) return bad("unknown rotation type");
    material.rotation = {.date = to_time(reader.u64()), .type = *type};
  }
  material.description = to_text(reader.sized16());
  return material;
}

void put_shared_regions(ByteWriter& writer, const MultiRegion& regions) {
  writer.u64(regions.version);
  put_regions(writer, regions);
}

Result<MultiRegion> take_shared_regions(ByteReader& reader) {
  const std::uint64_t version = reader.u64();
  const auto primary = Region::parse(as_text(reader.sized16()));
  if (!primary) return bad("bad Region");
  MultiRegion regions{.primary = *primary, .replicas = {}, .version = version};
  const std::size_t count = reader.u16();
  for (std::size_t i = 0; i < count && !reader.failed(); ++i) {
    const auto region = Region::parse(as_text(reader.sized16()));
    const std::uint8_t has_pending_material = reader.u8();
    if (!region || has_pending_material > kSomething) return bad("bad replica");
    regions.replicas.push_back({*region, has_pending_material == kSomething});
  }
  return regions;
}

void put_start(ByteWriter& writer, const ReplicaStart& start) {
  writer.u64(to_number(start.created));
  writer.sized32(as_bytes(start.description));
  writer.sized32(as_bytes(start.policy));
  put_bindings(writer, start.policy_bindings);
  put_tags(writer, start.tags);
}

ReplicaStart take_start(ByteReader& reader) {
  ReplicaStart start;
  start.created = to_time(reader.u64());
  start.description = to_text(reader.sized32());
  start.policy = to_text(reader.sized32());
  start.policy_bindings = take_bindings(reader);
  start.tags = take_tags(reader);
  return start;
}

Status take_materials(ByteReader& reader, SharedState& state) {
  const std::size_t count = reader.u16();
  for (std::size_t i = 0; i < count && !reader.failed(); ++i) {
    CLAVIGER_ASSIGN(Material material, take_shared_material(reader));
    state.materials.push_back(std::move(material));
  }
  if (const std::uint8_t pending = reader.u8(); pending != kNothing) {
    const auto its = from_number<PendingMaterialState>(pending);
    if (!its) return bad("unknown state of material");
    CLAVIGER_ASSIGN(Material material, take_shared_material(reader));
    state.pending_material = {.material = std::move(material), .state = *its};
  }
  return {};
}

}  // namespace

Bytes encode(const SharedState& state) {
  Bytes out;
  ByteWriter writer(out);
  writer.u8(kStateVersion);
  writer.u8(std::to_underlying(state.spec));
  writer.u8(std::to_underlying(state.usage));
  writer.u8(std::to_underlying(state.origin));
  put_shared_regions(writer, state.multi_region);
  writer.u16(state.rotation ? state.rotation->period_days : kNothing);
  if (state.rotation) writer.u64(to_number(state.rotation->next));
  writer.sized16(state.public_key);
  put_count(writer, state.materials.size());
  for (const Material& material : state.materials) put_shared_material(writer, material);
  writer.u8(state.pending_material ? std::to_underlying(state.pending_material->state) : kNothing);
  if (state.pending_material) put_shared_material(writer, state.pending_material->material);
  writer.u8(state.start ? kSomething : kNothing);
  if (state.start) put_start(writer, *state.start);
  return out;
}

Result<SharedState> decode_shared_state(ByteSpan bytes) {
  ByteReader reader(bytes);
  if (reader.u8() != kStateVersion) return bad("unknown version");
  const auto spec = from_number<KeySpec>(reader.u8());
  const auto usage = from_number<KeyUsage>(reader.u8());
  const auto origin = from_number<KeyOrigin>(reader.u8());
  if (!spec || !usage || !origin) return bad("unknown number");
  CLAVIGER_ASSIGN(MultiRegion regions, take_shared_regions(reader));
  SharedState state{.spec = *spec, .usage = *usage, .origin = *origin, .multi_region = std::move(regions)};
  if (const std::uint16_t period = reader.u16(); period != kNothing) {
    state.rotation = {.period_days = period, .next = to_time(reader.u64())};
  }
  state.public_key = to_bytes(reader.sized16());
  CLAVIGER_TRY(take_materials(reader, state));
  const std::uint8_t start = reader.u8();
  if (start > kSomething) return bad("unknown number");
  if (start == kSomething) state.start = take_start(reader);
  if (!reader.done()) return bad("wrong length");
  return state;
}

Bytes encode(const ReplicaReport& report) {
  Bytes out;
  ByteWriter writer(out);
  writer.u8(kReportVersion);
  writer.u8(std::to_underlying(report.what));
  writer.raw(report.material);
  return out;
}

Result<ReplicaReport> decode_replica_report(ByteSpan bytes) {
  ByteReader reader(bytes);
  if (reader.u8() != kReportVersion) return bad("unknown version");
  using enum ReplicaReport::What;
  const std::uint8_t what = reader.u8();
  const auto material = reader.array<32>();
  if (!reader.done()) return bad("wrong length");
  const bool has_material = what == std::to_underlying(kHasPendingMaterial);
  if (!has_material && what != std::to_underlying(kDeleted)) return bad("unknown report");
  if (!has_material && material != decltype(ReplicaReport::material){}) return bad("material of a deleted replica");
  return ReplicaReport{.what = has_material ? kHasPendingMaterial : kDeleted, .material = material};
}

}  // namespace claviger::keys
