#include "keys/replication_message.h"

#include <limits>
#include <utility>

#include "base/check.h"

namespace claviger::keys {
namespace {

constexpr std::uint8_t kStateVersion = 1;
constexpr std::uint8_t kReportVersion = 1;
// In place of a number where there is none.
constexpr std::uint8_t kNothing = 0;
constexpr std::uint8_t kSomething = 1;

std::uint64_t number(WallTime time) { return static_cast<std::uint64_t>(to_millis(time)); }
WallTime time(std::uint64_t number) { return from_millis(static_cast<std::int64_t>(number)); }
std::string text(ByteSpan bytes) { return std::string(as_text(bytes)); }
std::unexpected<Error> bad(std::string_view what) {
  return fail(Error::corrupt("replication message: " + std::string(what)));
}

void put_count(ByteWriter& writer, std::size_t count) {
  CLAVIGER_CHECK(count <= std::numeric_limits<std::uint16_t>::max());
  writer.u16(static_cast<std::uint16_t>(count));
}

void put(ByteWriter& writer, const Material& material) {
  CLAVIGER_CHECK(material.token.empty() && !material.valid_to);
  writer.raw(material.id);
  writer.u8(material.rotation ? std::to_underlying(material.rotation->type) : kNothing);
  if (material.rotation) writer.u64(number(material.rotation->date));
  writer.sized16(as_bytes(material.description));
}

Result<Material> take_material(ByteReader& reader) {
  Material material;
  material.id = reader.array<32>();
  if (const std::uint8_t rotated = reader.u8(); rotated != kNothing) {
    const auto type = from_number<RotationType>(rotated);
    if (!type) return bad("unknown rotation type");
    material.rotation = {.date = time(reader.u64()), .type = *type};
  }
  material.description = text(reader.sized16());
  return material;
}

void put(ByteWriter& writer, const MultiRegion& regions) {
  writer.u64(regions.version);
  writer.sized16(as_bytes(regions.primary.view()));
  put_count(writer, regions.replicas.size());
  for (const Replica& replica : regions.replicas) {
    writer.sized16(as_bytes(replica.region.view()));
    writer.u8(replica.has_pending_material ? kSomething : kNothing);
  }
}

Result<MultiRegion> take_regions(ByteReader& reader) {
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

void put(ByteWriter& writer, const ReplicaStart& start) {
  writer.u64(number(start.created));
  writer.sized32(as_bytes(start.description));
  writer.sized32(as_bytes(start.policy));
  put_count(writer, start.policy_bindings.size());
  for (const PrincipalBinding& binding : start.policy_bindings) {
    writer.sized16(as_bytes(binding.arn));
    writer.sized16(as_bytes(binding.unique_id));
  }
  put_count(writer, start.tags.size());
  for (const Tag& tag : start.tags) {
    writer.sized16(as_bytes(tag.key));
    writer.sized16(as_bytes(tag.value));
  }
}

ReplicaStart take_start(ByteReader& reader) {
  ReplicaStart start;
  start.created = time(reader.u64());
  start.description = text(reader.sized32());
  start.policy = text(reader.sized32());
  const std::size_t bindings = reader.u16();
  for (std::size_t i = 0; i < bindings && !reader.failed(); ++i) {
    std::string arn = text(reader.sized16());
    std::string unique_id = text(reader.sized16());
    start.policy_bindings.push_back({std::move(arn), std::move(unique_id)});
  }
  const std::size_t tags = reader.u16();
  for (std::size_t i = 0; i < tags && !reader.failed(); ++i) {
    std::string key = text(reader.sized16());
    std::string value = text(reader.sized16());
    start.tags.push_back({std::move(key), std::move(value)});
  }
  return start;
}

Status take_materials(ByteReader& reader, SharedState& state) {
  const std::size_t count = reader.u16();
  for (std::size_t i = 0; i < count && !reader.failed(); ++i) {
    CLAVIGER_ASSIGN(Material material, take_material(reader));
    state.materials.push_back(std::move(material));
  }
  if (const std::uint8_t pending = reader.u8(); pending != kNothing) {
    const auto its = from_number<PendingMaterialState>(pending);
    if (!its) return bad("unknown state of material");
    CLAVIGER_ASSIGN(Material material, take_material(reader));
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
  put(writer, state.multi_region);
  writer.u16(state.rotation ? state.rotation->period_days : kNothing);
  if (state.rotation) writer.u64(number(state.rotation->next));
  writer.sized16(state.public_key);
  put_count(writer, state.materials.size());
  for (const Material& material : state.materials) put(writer, material);
  writer.u8(state.pending_material ? std::to_underlying(state.pending_material->state) : kNothing);
  if (state.pending_material) put(writer, state.pending_material->material);
  writer.u8(state.start ? kSomething : kNothing);
  if (state.start) put(writer, *state.start);
  return out;
}

Result<SharedState> decode_shared_state(ByteSpan bytes) {
  ByteReader reader(bytes);
  if (reader.u8() != kStateVersion) return bad("unknown version");
  const auto spec = from_number<KeySpec>(reader.u8());
  const auto usage = from_number<KeyUsage>(reader.u8());
  const auto origin = from_number<KeyOrigin>(reader.u8());
  if (!spec || !usage || !origin) return bad("unknown number");
  CLAVIGER_ASSIGN(MultiRegion regions, take_regions(reader));
  SharedState state{.spec = *spec, .usage = *usage, .origin = *origin, .multi_region = std::move(regions)};
  if (const std::uint16_t period = reader.u16(); period != kNothing) {
    state.rotation = {.period_days = period, .next = time(reader.u64())};
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
  const std::uint8_t what = reader.u8();
  ReplicaReport report{.what = ReplicaReport::What{what}, .material = reader.array<32>()};
  if (!reader.done()) return bad("wrong length");
  const bool has_material = report.what == ReplicaReport::What::kHasPendingMaterial;
  if (!has_material && report.what != ReplicaReport::What::kDeleted) return bad("unknown report");
  if (!has_material && report.material != decltype(report.material){}) return bad("material of a deleted replica");
  return report;
}

}  // namespace claviger::keys
