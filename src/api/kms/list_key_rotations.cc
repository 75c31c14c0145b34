#include <charconv>

#include "api/kms/actions.h"
#include "api/kms/common.h"
#include "api/page.h"
#include "base/encoding.h"
#include "keys/rotation_rules.h"

namespace claviger::api::kms {
namespace {

enum class IncludeKeyMaterial : std::uint8_t { kAllKeyMaterial, kRotationsOnly };
enum class ImportState : std::uint8_t { kImported, kPendingImport };
enum class ExpirationModel : std::uint8_t { kExpires, kDoesNotExpire };
enum class KeyMaterialState : std::uint8_t {
  kNonCurrent,
  kCurrent,
  kPendingRotation,
  kPendingMultiRegionImportAndRotation,
};

struct RotationsListEntry {
  std::string key_id;
  std::string key_material_id;
  std::string key_material_description;
  std::optional<ImportState> import_state;
  KeyMaterialState key_material_state{};
  std::optional<ExpirationModel> expiration_model;
  std::optional<WallTime> valid_to;
  std::optional<WallTime> rotation_date;
  std::optional<keys::RotationType> rotation_type;
};

}  // namespace
}  // namespace claviger::api::kms

namespace claviger::wire {
template <>
struct EnumNames<api::kms::IncludeKeyMaterial> {
  using E = api::kms::IncludeKeyMaterial;
  static constexpr auto kNames =
      std::to_array<EnumName<E>>({{"ALL_KEY_MATERIAL", E::kAllKeyMaterial}, {"ROTATIONS_ONLY", E::kRotationsOnly}});
};
template <>
struct EnumNames<api::kms::ImportState> {
  using E = api::kms::ImportState;
  static constexpr auto kNames =
      std::to_array<EnumName<E>>({{"IMPORTED", E::kImported}, {"PENDING_IMPORT", E::kPendingImport}});
};
template <>
struct EnumNames<api::kms::ExpirationModel> {
  using E = api::kms::ExpirationModel;
  static constexpr auto kNames = std::to_array<EnumName<E>>(
      {{"KEY_MATERIAL_EXPIRES", E::kExpires}, {"KEY_MATERIAL_DOES_NOT_EXPIRE", E::kDoesNotExpire}});
};
template <>
struct EnumNames<api::kms::KeyMaterialState> {
  using E = api::kms::KeyMaterialState;
  static constexpr auto kNames = std::to_array<EnumName<E>>(
      {{"NON_CURRENT", E::kNonCurrent},
       {"CURRENT", E::kCurrent},
       {"PENDING_ROTATION", E::kPendingRotation},
       {"PENDING_MULTI_REGION_IMPORT_AND_ROTATION", E::kPendingMultiRegionImportAndRotation}});
};
template <>
struct Structure<api::kms::RotationsListEntry> {
  using M = api::kms::RotationsListEntry;
  static constexpr auto kMembers =
      members<M>(required<&M::key_id>("KeyId"), required<&M::key_material_id>("KeyMaterialId"),
                 optional<&M::key_material_description>("KeyMaterialDescription"),
                 optional<&M::import_state>("ImportState"), required<&M::key_material_state>("KeyMaterialState"),
                 optional<&M::expiration_model>("ExpirationModel"), optional<&M::valid_to>("ValidTo"),
                 optional<&M::rotation_date>("RotationDate"), optional<&M::rotation_type>("RotationType"));
};
}  // namespace claviger::wire

namespace claviger::api::kms {
namespace {

struct ListKeyRotationsRequest {
  std::string key_id;
  std::optional<IncludeKeyMaterial> include_key_material;
  std::optional<std::int32_t> limit;
  std::optional<std::string> marker;

  bool all_material() const { return include_key_material == IncludeKeyMaterial::kAllKeyMaterial; }
};
constexpr auto kListKeyRotationsRequest = wire::members<ListKeyRotationsRequest>(
    wire::required<&ListKeyRotationsRequest::key_id>("KeyId", kKeyIdLength),
    wire::optional<&ListKeyRotationsRequest::include_key_material>("IncludeKeyMaterial"),
    wire::optional<&ListKeyRotationsRequest::limit>("Limit", wire::range(1, 1000)),
    wire::optional<&ListKeyRotationsRequest::marker>("Marker", kMarkerLength, wire::pattern(kMarkerPattern)));

struct ListKeyRotationsResponse {
  std::vector<RotationsListEntry> rotations;
  std::optional<std::string> next_marker;
  bool truncated = false;
};
constexpr auto kListKeyRotationsResponse =
    wire::members<ListKeyRotationsResponse>(wire::required<&ListKeyRotationsResponse::rotations>("Rotations"),
                                            wire::optional<&ListKeyRotationsResponse::next_marker>("NextMarker"),
                                            wire::required<&ListKeyRotationsResponse::truncated>("Truncated"));

Result<Targets> list_key_rotations_targets(const ListKeyRotationsRequest& request) {
  return Targets{managed_key(request.key_id, "kms:ListKeyRotations", keys::StateRule::kAny)};
}

KeyMaterialState shown_state(keys::PendingMaterialState state) {
  return state == keys::PendingMaterialState::kPendingRotation ? KeyMaterialState::kPendingRotation
                                                               : KeyMaterialState::kPendingMultiRegionImportAndRotation;
}

RotationsListEntry rotation_entry(const keys::KeyRecord& key, const keys::Material& material, KeyMaterialState state,
                                  WallTime now) {
  RotationsListEntry entry;
  entry.key_id = key.id.view();
  entry.key_material_id = hex_encode(material.id);
  entry.key_material_state = state;
  const bool done = state == KeyMaterialState::kCurrent || state == KeyMaterialState::kNonCurrent;
  if (done && material.rotation) {
    entry.rotation_date = material.rotation->date;
    entry.rotation_type = material.rotation->type;
  }
  if (key.origin != keys::KeyOrigin::kExternal) return entry;
  entry.key_material_description = material.description;
  const bool expired = material.valid_to && *material.valid_to <= now;
  if (material.token.empty() || expired) {
    entry.import_state = ImportState::kPendingImport;
    return entry;
  }
  entry.import_state = ImportState::kImported;
  entry.expiration_model = material.valid_to ? ExpirationModel::kExpires : ExpirationModel::kDoesNotExpire;
  entry.valid_to = material.valid_to;
  return entry;
}

// Oldest first, as they became current; what waits to become it comes last.
std::vector<RotationsListEntry> entries(const keys::KeyRecord& key, bool all_material, WallTime now) {
  std::vector<RotationsListEntry> entries;
  for (const keys::Material& material : key.materials) {
    if (!material.rotation && !all_material) continue;
    const bool current = &material == &key.current_material();
    entries.push_back(
        rotation_entry(key, material, current ? KeyMaterialState::kCurrent : KeyMaterialState::kNonCurrent, now));
  }
  if (all_material && key.pending_material && key.origin == keys::KeyOrigin::kExternal) {
    entries.push_back(
        rotation_entry(key, key.pending_material->material, shown_state(key.pending_material->state), now));
  }
  return entries;
}

Result<Reply<ListKeyRotationsResponse>> list_key_rotations(const Context& context, ListKeyRotationsRequest& request) {
  const keys::KeyRecord& record = context.key().record();
  CLAVIGER_TRY(keys::check_rotations_listable(record));
  const Pager pager(context, std::string(request.all_material() ? "ListKeyRotations/all/" : "ListKeyRotations/") +
                                 std::string(record.id.view()));
  CLAVIGER_ASSIGN(const std::string position, pager.position(request.marker));
  // How many entries came before. Rotations are added at the end only and never go, so the number keeps its meaning.
  std::size_t first = 0;
  std::from_chars(position.data(), position.data() + position.size(), first);
  std::vector<RotationsListEntry> all = entries(record, request.all_material(), context.services.clock->now());
  const auto limit = static_cast<std::size_t>(request.limit.value_or(100));
  ListKeyRotationsResponse response;
  for (std::size_t i = first; i < all.size() && i - first < limit; ++i) {
    response.rotations.push_back(std::move(all[i]));
  }
  response.truncated = first + response.rotations.size() < all.size();
  if (response.truncated) response.next_marker = pager.next_marker(std::to_string(first + response.rotations.size()));
  return response;
}

}  // namespace

std::unique_ptr<const Action> list_key_rotations_action() {
  return make_action(Definition{.name = "ListKeyRotations",
                                .permission = "kms:ListKeyRotations",
                                .read_only = true,
                                .request = kListKeyRotationsRequest,
                                .response = kListKeyRotationsResponse,
                                .targets = list_key_rotations_targets,
                                .handle = list_key_rotations});
}

}  // namespace claviger::api::kms
